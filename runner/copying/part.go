package copying

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"sync"
)

// A part is what comes from one host. It is unpacked into a private directory, by a goroutine that
// finish waits for, while the run goes on. A nil part is that of a host from which nothing came, and
// one without a pipe that of a host that cannot be served.
type part struct {
	root   *os.Root // of the host's directory; nil: there is none
	path   string   // of root
	dir    string   // the private directory in it
	pipe   *io.PipeWriter
	done   sync.WaitGroup
	unpack unpacker
	err    error // once done

	notes  []string // for the user
	digest string
}

// newPart returns a part in root, which it closes.
func newPart(root *os.Root, path string, names map[string]bool, o *FetchOptions) *part {
	p := &part{root: root, path: path, dir: ".clsh." + rand.Text()}
	if p.err = root.Mkdir(p.dir, 0o700); p.err != nil {
		return p
	}
	staged, err := root.OpenRoot(p.dir)
	if err != nil {
		p.err = err
		return p
	}
	p.unpack = unpacker{root: staged, path: path, names: names, room: o.MaxSize, preserve: o.Preserve}
	r, w := io.Pipe()
	p.pipe = w
	p.done.Go(func() {
		p.err = p.unpack.unpack(r)
		_ = r.CloseWithError(p.err) // also where it is nil: nothing more is read
		_ = staged.Close()
	})
	return p
}

// write hands data on. It reports whether that was of any use.
func (p *part) write(data []byte) bool {
	if p.pipe == nil {
		return false
	}
	_, err := p.pipe.Write(data)
	return err == nil
}

// finish ends the part: what has come is put into place if it is whole, and removed if not. It
// reports whether it has changed anything, and whether something was wrong with what came.
func (p *part) finish(whole bool) (changed, failed bool) {
	if p == nil {
		return false, false
	}
	if p.pipe != nil {
		_ = p.pipe.Close()
		p.done.Wait()
	}
	cut := errors.Is(p.err, io.ErrUnexpectedEOF) && !whole // so is the archive then
	if p.err == nil && whole {
		p.err = p.missing()
	}
	if p.err == nil && whole {
		changed, p.err = place(p.root, p.dir)
	}
	failed = p.err != nil && !cut
	if failed {
		p.notes = append(p.notes, here(p.path, p.err).Error())
	}
	p.notes = append(p.unpack.notes, p.notes...)
	if p.root != nil {
		if err := p.root.RemoveAll(p.dir); err != nil {
			p.notes = append(p.notes, here(p.path, err).Error())
		}
		_ = p.root.Close()
	}
	sum := sha256.Sum256([]byte(strings.Join(p.unpack.sums, "")))
	p.digest = hex.EncodeToString(sum[:])
	return changed, failed
}

// missing returns an error where a name has not come.
func (p *part) missing() error {
	for name := range p.unpack.names {
		if _, err := p.root.Lstat(path.Join(p.dir, name)); err != nil && len(p.unpack.notes) == 0 {
			return fmt.Errorf("%q has not come", name)
		}
	}
	return nil
}

// take returns the notes, once.
func (p *part) take() []string {
	if p == nil {
		return nil
	}
	notes := p.notes
	p.notes = nil
	return notes
}
