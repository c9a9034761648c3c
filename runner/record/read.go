package record

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"clsh/hosts"
	"clsh/runner/files"
	"clsh/runner/spool"
)

// LongestObject bounds a line of a record, in bytes: a piece of output in its longest
// spelling (\u0000 for each byte) with room to spare.
const LongestObject = 8 * maxPiece

// readSize is how much of a record is read at a time, in bytes.
const readSize = 64 << 10

// ErrCutOff is the error of a record that ends before its summary: the run, or
// the copy of its record, was cut off.
var ErrCutOff = errors.New("it ends before the run's summary")

// A Record is a run that a Writer has written down, to be shown again by any sink.
type Record struct {
	// Run is how the record begins; nil for what --json writes, which has none.
	Run *Run
	// Names are the hosts by rank.
	Names []string
	ranks map[string]int // by name; while they are learned, those that the objects say
	src   io.ReadSeeker
	temp  io.Closer // nil: src is the caller's
}

// Read finds out which hosts a record is of. It may be compressed (gzip). What cannot be read twice,
// such as a pipe, is copied to a file without a name in tempDir (empty:
// os.TempDir). src stays the caller's and must stay open until Close.
func Read(src io.Reader, tempDir string) (*Record, error) {
	if tempDir == "" {
		tempDir = os.TempDir()
	}
	rec := &Record{ranks: map[string]int{}}
	src, err := rec.setSource(src, tempDir)
	if err != nil {
		return nil, err
	}
	err = eachObject(src, rec.learn)
	if err == nil && len(rec.Names) == 0 {
		err = errors.New("no host's output or end is in it\nhint: --json FILE and --format json write records")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("not a record that can be shown: %w", err), rec.Close())
	}
	if rec.Run == nil {
		slices.SortStableFunc(rec.Names, func(a, b string) int { return rec.ranks[a] - rec.ranks[b] })
	}
	for i, name := range rec.Names {
		rec.ranks[name] = i
	}
	return rec, nil
}

// maxRank is that of a host whose end is not in the record.
const maxRank = 1 << 30

// learn takes the host's name, and the rank, of an object.
func (rec *Record) learn(kind string, text []byte) error {
	switch kind {
	case "run":
		return rec.learnRun(text)
	case "start", "grant":
		o, err := parse(text, plainStart)
		if err != nil {
			return err
		}
		if _, known := rec.ranks[o.Host]; known {
			return nil
		}
		return rec.learnHost(o.Host, maxRank)
	case "line":
		l, err := parseLine(text)
		if err != nil {
			return err
		}
		if _, known := rec.ranks[string(l.host)]; known {
			return nil
		}
		return rec.learnHost(string(l.host), maxRank)
	case "exit":
		x, err := parse(text, plainExit)
		if err != nil {
			return err
		}
		rank := maxRank
		if x.Rank != nil {
			rank = *x.Rank
		}
		return rec.learnHost(x.Host, rank)
	}
	return nil
}

// learnRun takes the hosts of the Run, which are all that there are.
func (rec *Record) learnRun(text []byte) error {
	if rec.Run != nil || len(rec.Names) > 0 {
		return errors.New("a run is not the first object")
	}
	run, err := parseRun(text)
	if err != nil {
		return err
	}
	rec.Run, rec.Names = run, run.Hosts
	for rank, name := range run.Hosts {
		rec.ranks[name] = rank
	}
	return nil
}

// learnHost takes a host of its rank.
func (rec *Record) learnHost(name string, rank int) error {
	_, known := rec.ranks[name]
	if rec.Run != nil {
		if !known {
			return fmt.Errorf("%q is not one of the run's hosts", name)
		}
		return nil
	}
	if !known {
		// Names go to the terminal and into file names.
		if list, err := hosts.Expand(name); err != nil || len(list) != 1 || list[0].Name != name {
			return fmt.Errorf("%q is no host's name", name)
		}
		rec.Names = append(rec.Names, name)
	}
	rec.ranks[name] = rank
	return nil
}

// setSource makes sure that the record can be read twice, and returns what to read
// first. That copies what cannot: an endless pipe that holds no record, as of yes(1),
// ends at its first line, and does not fill the disk before.
func (rec *Record) setSource(src io.Reader, tempDir string) (io.Reader, error) {
	if s, ok := src.(io.ReadSeeker); ok {
		if _, err := s.Seek(0, io.SeekStart); err == nil {
			rec.src = s
			return s, nil
		}
	}
	f, err := spool.File(tempDir)
	if err != nil {
		return nil, fmt.Errorf("make a temporary file in %s for the record of a run: %w", tempDir, files.Bare(err))
	}
	rec.src, rec.temp = f, f
	return io.TeeReader(src, copyWriter{f, tempDir}), nil
}

// A copyWriter writes the copy of a record; its errors name the directory.
type copyWriter struct {
	w   io.Writer
	dir string
}

func (c copyWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if err != nil {
		err = fmt.Errorf("copy it to %s: %w", c.dir, files.Bare(err))
	}
	return n, err
}

// Close gives back what Read took.
func (rec *Record) Close() error {
	if rec.temp == nil {
		return nil
	}
	return rec.temp.Close()
}

// each calls fn with each object of the record and its type. A last line that
// is no whole object is where the record was cut off.
func (rec *Record) each(fn func(kind string, text []byte) error) error {
	if _, err := rec.src.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return eachObject(rec.src, fn)
}

// eachObject is each for what is read from its place.
func eachObject(src io.Reader, fn func(kind string, text []byte) error) error {
	r := bufio.NewReaderSize(src, readSize)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) { // RFC 1952, 2.3.1
		plain, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		r = bufio.NewReaderSize(plain, readSize)
	}
	var text []byte
	for number := 1; ; number++ {
		var err error
		text, err = readLine(r, text[:0])
		last := errors.Is(err, io.EOF)
		if err == nil || last {
			err = object(text, fn)
			if syntax := (*json.SyntaxError)(nil); last && errors.As(err, &syntax) {
				return nil
			}
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if last {
			return nil
		}
	}
}

// object calls fn with an object, but not with a blank line.
func object(text []byte, fn func(kind string, text []byte) error) error {
	switch { // what there is most of
	case bytes.HasPrefix(text, []byte(lineHead)):
		return fn("line", text)
	case bytes.HasPrefix(text, []byte(startHead)):
		return fn("start", text)
	case bytes.HasPrefix(text, []byte(exitHead)):
		return fn("exit", text)
	case bytes.HasPrefix(text, []byte(againHead)):
		return fn("again", text)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	var o struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	return fn(o.Type, text)
}

// readLine adds a line to dst.
func readLine(r *bufio.Reader, dst []byte) ([]byte, error) {
	for {
		b, err := r.ReadSlice('\n')
		dst = append(dst, b...)
		if len(dst) > LongestObject {
			return dst, fmt.Errorf("longer than any object of a record (%d bytes)", LongestObject)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return dst, err
		}
	}
}
