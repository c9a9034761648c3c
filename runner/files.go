package runner

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
)

// newNonce returns 128 random bits: a command must not be able to guess them.
func newNonce() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("make a nonce: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// maxLog is how much of each end of ssh's log is read: a server may make ssh
// write without end, and the reason of a loss stands near one of them.
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

// wishChunk is for how many hosts one configuration file of wishes stands. Each
// ssh reads the whole file: one for 10,000 hosts would be quadratic.
const wishChunk = 256

// wishFiles makes the configuration files of a run when they are needed.
type wishFiles struct {
	dir    string
	wishes remote.Wishes
	list   hosts.List

	mu   sync.Mutex
	made map[int]string
}

// path returns the host of rank, and the file for it, mode 0600.
func (w *wishFiles) path(rank int) (string, hosts.Host, error) {
	chunk := rank / wishChunk
	w.mu.Lock()
	defer w.mu.Unlock()
	host := w.list[rank]
	if path, ok := w.made[chunk]; ok {
		return path, host, nil
	}
	first := chunk * wishChunk
	text := w.wishes.Config(w.list[first:min(first+wishChunk, len(w.list))])
	path := filepath.Join(w.dir, "config"+strconv.Itoa(chunk))
	// An ssh that has just been started may be reading the one before (grow).
	err := os.WriteFile(path+".new", []byte(text), 0o600)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return "", host, fmt.Errorf("write the configuration for ssh: %w (TMPDIR names another place)", err)
	}
	if w.made == nil {
		w.made = map[int]string{}
	}
	w.made[chunk] = path
	return path, host, nil
}
