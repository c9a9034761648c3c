package conn

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"clsh/hosts"
	"clsh/runner/remote"
	"clsh/runner/spool"
)

// newNonce returns 128 random bits: a command must not be able to guess them.
func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// maxLog is how much of each end of ssh's log is read: a server may make ssh
// write without end, and the reason of a loss is near one of them.
const maxLog = 128 << 10

// readEnds returns the file at path, or the beginning and the end of a long one,
// in whole lines.
func readEnds(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, maxLog))
	if err != nil || len(head) < maxLog {
		return head, err
	}
	info, err := file.Stat()
	if err != nil {
		return head, err
	}
	end := io.NewSectionReader(file, max(maxLog, info.Size()-maxLog), maxLog)
	tail, err := io.ReadAll(end)
	if info.Size() > 2*maxLog {
		head = append(head[:bytes.LastIndexByte(head, '\n')+1], "[…]\n"...)
		tail = tail[bytes.IndexByte(tail, '\n')+1:]
	}
	return append(head, tail...), err
}

// defaultsChunk is for how many hosts one configuration file of defaults is. Each ssh reads
// the whole file: one for 10,000 hosts would be quadratic.
const defaultsChunk = 256

// defaultsFiles makes the configuration files of a run when they are needed.
type defaultsFiles struct {
	dir      string
	defaults remote.Defaults

	mu   sync.Mutex
	list hosts.List
	made map[int]string
}

// host returns the host of rank.
func (f *defaultsFiles) host(rank int) hosts.Host {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.list[rank]
}

// path returns the file for the host of rank, mode 0600.
func (f *defaultsFiles) path(rank int) (string, error) {
	chunk := rank / defaultsChunk
	f.mu.Lock()
	defer f.mu.Unlock()
	if path, ok := f.made[chunk]; ok {
		return path, nil
	}
	first := chunk * defaultsChunk
	text := f.defaults.Config(f.list[first:min(first+defaultsChunk, len(f.list))])
	path := filepath.Join(f.dir, "config"+strconv.Itoa(chunk))
	// An ssh that has just been started may be reading the one before (grow).
	err := os.WriteFile(path+".new", []byte(text), 0o600)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return "", fmt.Errorf("write the configuration for ssh: %w"+spool.TempHint, err)
	}
	if f.made == nil {
		f.made = map[int]string{}
	}
	f.made[chunk] = path
	return path, nil
}

// grow makes list, which begins with the hosts so far, the hosts.
func (f *defaultsFiles) grow(list hosts.List) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.made, len(f.list)/defaultsChunk) // it was not full
	f.list = list
}
