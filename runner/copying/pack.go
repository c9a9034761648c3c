package copying

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"sync"
	"time"

	"clsh/runner/files"
	"clsh/runner/spool"
)

var errChanged = errors.New("it changed while it was read\nhint: try again, or copy a snapshot of it")

// A packer writes files into an archive that is made once for all hosts. Each host gets the members
// that it needs: a tar archive is its members in any order, then zeros (POSIX, pax, "ustar
// Interchange Format").
//
// A member is named NUMBER/NAME, by its directory's number: what a host has already decides where it
// is put. A large file is placed instead, without a header: hosts need no tar for it, and its holes
// stay holes (extent).
type packer struct {
	*Options
	file *os.File
	at   int64 // the archive's end
	buf  []byte

	alone bool // there is but one file
}

func (p *packer) Write(b []byte) (int, error) {
	n, err := p.file.WriteAt(b, p.at)
	p.at += int64(n)
	if err != nil {
		err = fmt.Errorf("keep it in a temporary file: %w"+spool.TempHint, files.Bare(err))
	}
	return n, err
}

// pack adds the file of e, which gets its sums and its part of the archive.
func (p *packer) pack(archive *tar.Writer, e *entry) error {
	f, err := os.Open(e.source)
	if err != nil {
		return fmt.Errorf("--copy %q: %w", e.source, files.Bare(err))
	}
	defer f.Close()
	before, err := f.Stat()
	if err == nil && !os.SameFile(before, e.info) {
		err = errChanged
	}
	if err != nil {
		return fmt.Errorf("--copy %q: %w", e.source, files.Bare(err))
	}
	header := &tar.Header{
		Typeflag: tar.TypeReg, Format: tar.FormatGNU, Name: path.Join(strconv.Itoa(e.place), e.name), Size: before.Size(),
		Mode: int64(p.mode(e.info)), ModTime: time.Unix(0, 0),
	}
	if p.Preserve {
		header.ModTime = before.ModTime().Truncate(time.Second)
	}
	e.info, e.offset = before, p.at
	sums := newSummer()
	if e.placed = before.Size() > 0 && (p.alone || before.Size() >= largeFile); e.placed {
		err = p.place(f, e, sums)
	} else {
		err = p.member(archive, header, f, sums)
	}
	after, statErr := f.Stat()
	switch {
	case err != nil:
	case statErr != nil:
		err = statErr
	case after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()):
		err = errChanged
	}
	if err != nil {
		return fmt.Errorf("--copy %q: %w", e.source, files.Bare(err))
	}
	e.end = p.at
	e.sha, e.crc = sums.sums()
	return nil
}

// member adds a file to the archive.
func (p *packer) member(archive *tar.Writer, header *tar.Header, f *os.File, sums *summer) error {
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	if err := p.copy(both{archive, sums}, f, header.Size); err != nil {
		return err
	}
	return archive.Flush()
}

// place adds a file that is no member of the archive: its extents, as they are.
func (p *packer) place(f *os.File, e *entry, sums *summer) error {
	e.extents = extents(f, e.info.Size())
	at := int64(0)
	for i := range e.extents {
		x := &e.extents[i]
		sums.zeros(x.offset - at)
		x.at = p.at
		if err := p.copy(both{p, sums}, io.NewSectionReader(f, x.offset, x.size), x.size); err != nil {
			return err
		}
		at = x.offset + x.size
	}
	sums.zeros(e.info.Size() - at)
	return nil
}

// both writes at the same time: computing the sums takes as long as keeping the bytes.
type both struct {
	io.Writer
	sums *summer
}

func (b both) Write(p []byte) (n int, err error) {
	var sums sync.WaitGroup
	sums.Go(func() { _, _ = b.sums.Write(p) })
	n, err = b.Writer.Write(p)
	sums.Wait()
	return n, err
}

// copy copies size bytes, which there are unless the file has changed.
func (p *packer) copy(w io.Writer, r io.Reader, size int64) error {
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{io.LimitReader(r, size)}, p.buf)
	if err == nil && n < size {
		err = errChanged
	}
	return err
}
