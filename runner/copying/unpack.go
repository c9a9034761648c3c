package copying

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// entryCost is what an entry counts as, beside its bytes: a file takes room even where it is empty.
const entryCost = 4096

// An unpacker writes what a host sends below a directory of its own. The host may be hostile: nothing
// is written elsewhere (os.Root), links that lead out and devices are left out, and room is bounded.
type unpacker struct {
	root     *os.Root
	path     string          // where what is written will be
	names    map[string]bool // those that were asked for
	room     int64           // bytes that may still come
	preserve bool

	notes []string // what was left out
	sums  []string // in their order, for the digest: SUM, two blanks, NAME
}

// maxNotes bounds how many things are named that were left out.
const maxNotes = 20

// unpack reads archives, one behind the other, to the end of r.
func (u *unpacker) unpack(r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		if err := skipZeros(in); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		archive := tar.NewReader(in)
		for {
			h, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			if err := u.entry(h, archive); err != nil {
				return err
			}
		}
	}
}

// skipZeros reads the blocks of zeros behind an archive (POSIX, pax). An end in the middle of one is
// an error.
func skipZeros(in *bufio.Reader) error {
	const block = 512
	for {
		head, err := in.Peek(block)
		switch {
		case err != nil && len(head) > 0:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case !bytes.Equal(head, make([]byte, block)):
			return nil
		}
		_, _ = in.Discard(block)
	}
}

// errRoom is the error of a host that sends more than it may.
var errRoom = errors.New("it sends more than --max-size allows")

// take counts n bytes.
func (u *unpacker) take(n int64) error {
	if u.room -= n; u.room < 0 {
		return errRoom
	}
	return nil
}

// entry writes one entry.
func (u *unpacker) entry(h *tar.Header, data io.Reader) error {
	if err := u.take(entryCost); err != nil {
		return err
	}
	name := path.Clean(h.Name)
	first, _, _ := strings.Cut(name, "/")
	if path.IsAbs(h.Name) || !fs.ValidPath(name) || strings.Contains(h.Name, "../") || !u.names[first] {
		return fmt.Errorf("it sends %.200q, which was not asked for", h.Name)
	}
	err := u.parents(name)
	if err == nil {
		err = u.write(name, h, data)
	}
	switch system := here(path.Join(u.path, name), err); {
	case err == nil || errors.Is(err, errRoom):
		return err
	case system != err: //nolint:errorlint // it is err or has it
		return system
	}
	return fmt.Errorf("%.200q: %w", name, err)
}

// write writes an entry whose parents are there.
func (u *unpacker) write(name string, h *tar.Header, data io.Reader) error {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse:
		return u.file(name, h, data)
	case tar.TypeDir:
		return u.dir(name)
	case tar.TypeSymlink:
		return u.link(name, h.Linkname)
	case tar.TypeLink:
		old := path.Clean(h.Linkname)
		if info, err := u.root.Lstat(old); err != nil || !info.Mode().IsRegular() {
			u.leaveOut(name, "a hard link to what has not come")
			return nil
		}
		_ = u.root.Remove(name)
		return u.root.Link(old, name)
	}
	u.leaveOut(name, typeName(h.FileInfo().Mode()))
	return nil
}

// parents makes the directories that name is in.
func (u *unpacker) parents(name string) error {
	dir := path.Dir(name)
	if dir == "." {
		return nil
	}
	if info, err := u.root.Lstat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := u.parents(dir); err != nil {
		return err
	}
	if err := u.take(entryCost); err != nil {
		return err
	}
	return u.dir(dir)
}

// dir makes a directory, which only this user may read while it is filled.
func (u *unpacker) dir(name string) error {
	if info, err := u.root.Lstat(name); err == nil && info.IsDir() {
		return nil
	}
	return u.root.Mkdir(name, 0o700)
}

// link makes a symbolic link that stays below the name that was asked for.
func (u *unpacker) link(name, target string) error {
	first, _, _ := strings.Cut(name, "/")
	end := path.Join(path.Dir(name), target)
	up := strings.TrimPrefix(target, strings.Repeat("../", strings.Count(target, "../"))) // what else has ".." may pass another link
	if path.IsAbs(target) || strings.Contains("/"+up+"/", "/../") && target != ".." || end != first && !strings.HasPrefix(end, first+"/") {
		u.leaveOut(name, "a link that leads out")
		return nil
	}
	return u.root.Symlink(target, name)
}

// leaveOut notes that an entry is not written.
func (u *unpacker) leaveOut(name, what string) {
	switch {
	case len(u.notes) < maxNotes:
		u.notes = append(u.notes, fmt.Sprintf("left out: %.200q (%s)", name, what))
	case len(u.notes) == maxNotes:
		u.notes = append(u.notes, "left out: more of these")
	}
}

// file writes a regular file. Blocks of zeros become holes.
func (u *unpacker) file(name string, h *tar.Header, data io.Reader) error {
	if h.Size < 0 || h.Size > u.room {
		return errRoom
	}
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, h.FileInfo().Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	sums, to := newSummer(), &holes{file: f}
	n, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(to, sums)}, data, make([]byte, 64<<10))
	if err == nil {
		err = f.Truncate(n)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := u.take(n); err != nil {
		return err
	}
	if u.preserve {
		err = errors.Join(u.root.Chmod(name, h.FileInfo().Mode().Perm()), u.root.Chtimes(name, h.ModTime, h.ModTime))
	}
	sum, _ := sums.sums()
	u.sums = append(u.sums, sum+"  "+name+"\n")
	return err
}

// holes writes a file, and leaves out blocks of zeros.
type holes struct {
	file *os.File
	at   int64
}

func (w *holes) Write(p []byte) (int, error) {
	const block = 4096
	for rest := p; len(rest) > 0; {
		n := min(len(rest), block)
		if !bytes.Equal(rest[:n], make([]byte, n)) {
			if _, err := w.file.WriteAt(rest[:n], w.at); err != nil {
				return 0, err
			}
		}
		w.at += int64(n)
		rest = rest[n:]
	}
	return len(p), nil
}
