package sink

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"clsh/hosts"
	"clsh/runner"
)

// longestObject bounds a line of a record: a piece of output in its longest
// spelling (\u0000 for each byte) with room to spare.
const longestObject = 8 * jsonPiece

// ErrCutOff is the error of a record that ends before its summary: the run, or
// the copy of its record, was cut off.
var ErrCutOff = errors.New("it ends before the run's summary")

// A Record is a run as --json or --format json has written it down, to be shown
// again by any sink.
type Record struct {
	// Names are the hosts by rank.
	Names []string
	ranks map[string]int
	src   io.ReadSeeker
	temp  io.Closer // nil: src is the caller's
}

// ReadRecord finds out which hosts a record is of. What cannot be read twice,
// such as a pipe, is copied to a file without a name in tempDir (empty:
// os.TempDir). src stays the caller's and must stay open until Close.
func ReadRecord(src io.Reader, tempDir string) (*Record, error) {
	if tempDir == "" {
		tempDir = os.TempDir()
	}
	rec := &Record{ranks: map[string]int{}}
	if err := rec.setSource(src, tempDir); err != nil {
		return nil, err
	}
	ranks := map[string]int{}
	err := rec.each(func(_ int, kind string, line []byte) error {
		if kind != "line" && kind != "exit" {
			return nil
		}
		var o struct {
			Host string `json:"host"`
			Rank *int   `json:"rank"`
		}
		if err := json.Unmarshal(line, &o); err != nil {
			return err
		}
		if _, known := ranks[o.Host]; !known {
			// Names go to the terminal and into file names.
			if list, err := hosts.Expand(o.Host); err != nil || len(list) != 1 || list[0].Name != o.Host {
				return fmt.Errorf("%q is no host's name", o.Host)
			}
			ranks[o.Host] = maxRank
			rec.Names = append(rec.Names, o.Host)
		}
		if o.Rank != nil {
			ranks[o.Host] = *o.Rank
		}
		return nil
	})
	if err == nil && len(rec.Names) == 0 {
		err = errors.New("no host's output or end is in it; --json FILE and --format json write records")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the record of a run: %w", err), rec.Close())
	}
	slices.SortStableFunc(rec.Names, func(a, b string) int { return ranks[a] - ranks[b] })
	for i, name := range rec.Names {
		rec.ranks[name] = i
	}
	return rec, nil
}

// maxRank is that of a host whose end is not in the record.
const maxRank = 1 << 30

// setSource makes sure that the record can be read twice.
func (rec *Record) setSource(src io.Reader, tempDir string) error {
	if s, ok := src.(io.ReadSeeker); ok {
		if _, err := s.Seek(0, io.SeekStart); err == nil {
			rec.src = s
			return nil
		}
	}
	f, err := unnamedFile(tempDir)
	if err != nil {
		return fmt.Errorf("make a temporary file in %s for the record of a run: %w", tempDir, bare(err))
	}
	if _, err := io.Copy(f, src); err != nil {
		return errors.Join(fmt.Errorf("copy the record of a run to %s: %w", tempDir, bare(err)), f.Close())
	}
	rec.src, rec.temp = f, f
	return nil
}

// Close gives back what ReadRecord took.
func (rec *Record) Close() error {
	if rec.temp == nil {
		return nil
	}
	return rec.temp.Close()
}

// each calls fn with each object of the record, its line number and its type.
func (rec *Record) each(fn func(number int, kind string, line []byte) error) error {
	if _, err := rec.src.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(rec.src, 64<<10)
	var line []byte
	for number := 1; ; number++ {
		var err error
		line, err = readLine(r, line[:0])
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			var o struct {
				Type string `json:"type"`
			}
			if err := json.Unmarshal(line, &o); err != nil {
				if last {
					return nil // cut off within an object
				}
				return fmt.Errorf("line %d: %w", number, err)
			}
			if err := fn(number, o.Type, line); err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
		}
		if last {
			return nil
		}
	}
}

// readLine adds a line to dst.
func readLine(r *bufio.Reader, dst []byte) ([]byte, error) {
	for {
		b, err := r.ReadSlice('\n')
		dst = append(dst, b...)
		if len(dst) > longestObject {
			return dst, fmt.Errorf("longer than any object of a record (%d bytes)", longestObject)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return dst, err
		}
	}
}

// A player turns a record into events.
type player struct {
	*Record
	sink    runner.Sink
	started []bool
	ended   []bool
	sum     *runner.Summary
	counted runner.Summary // where the record has none
	// block are whole lines of one host and stream, handed on together.
	block  []byte
	host   int
	stream runner.Stream
}

// Replay hands the run to s, closes s, and returns the run's summary as it
// was. Of a record that is cut off, what is there is shown, hosts without an
// end as stopped, and the error is ErrCutOff; how the run ended is not known
// then, and the summary's code is 1.
func (rec *Record) Replay(s runner.Sink) (*runner.Summary, error) {
	p := &player{Record: rec, sink: s, started: make([]bool, len(rec.Names)), ended: make([]bool, len(rec.Names))}
	p.counted = runner.Summary{Hosts: len(rec.Names), Counts: map[runner.Outcome]int{}, Code: runner.CodeOutput}
	err := rec.each(p.object)
	if err == nil {
		err = p.flush()
	}
	if err == nil && p.sum == nil {
		err = ErrCutOff
	}
	for host, ended := range p.ended {
		if ended || err != nil && !errors.Is(err, ErrCutOff) {
			continue
		}
		if e := p.end(host, &runner.Result{Outcome: runner.Stopped, Reason: "the record ends before this host's end"}); e != nil {
			err = e
		}
	}
	if p.sum == nil {
		p.sum = &p.counted
	}
	closeErr := s.Close(p.sum)
	if err != nil {
		err = fmt.Errorf("replay: %w", err)
	}
	return p.sum, join([]error{err, closeErr})
}

// object makes events of one object. Those of a type that is not known are
// left out.
func (p *player) object(_ int, kind string, line []byte) error {
	switch kind {
	case "line":
		var o lineObject
		if err := json.Unmarshal(line, &o); err != nil {
			return err
		}
		return p.line(&o)
	case "exit":
		var o exitObject
		if err := json.Unmarshal(line, &o); err != nil {
			return err
		}
		r, err := o.result()
		if err != nil {
			return err
		}
		if err := p.flush(); err != nil {
			return err
		}
		host := p.ranks[o.Host]
		if p.ended[host] {
			return fmt.Errorf("a second end of %s", o.Host)
		}
		return p.end(host, r)
	case "summary":
		var o summaryObject
		if err := json.Unmarshal(line, &o); err != nil {
			return err
		}
		p.sum = o.summary()
	}
	return nil
}

// line takes a line of output.
func (p *player) line(o *lineObject) error {
	stream := runner.Stdout
	switch o.Stream {
	case streamName(runner.Stdout):
	case streamName(runner.Stderr):
		stream = runner.Stderr
	default:
		return fmt.Errorf("unknown stream %q", o.Stream)
	}
	data := o.Base64
	if o.Data != nil {
		data = []byte(*o.Data)
	}
	whole := o.EOL == nil || *o.EOL
	host := p.ranks[o.Host]
	if p.ended[host] {
		return fmt.Errorf("output of %s after its end", o.Host)
	}
	if !whole || host != p.host || stream != p.stream || len(p.block)+len(data) >= pieceSize {
		if err := p.flush(); err != nil {
			return err
		}
	}
	p.host, p.stream = host, stream
	if whole {
		p.block = append(append(p.block, data...), '\n')
		return nil
	}
	p.block = append(p.block, data...)
	return p.flush()
}

// flush hands on what has been put together, in the pieces of the engine.
func (p *player) flush() error {
	for b := p.block; len(b) > 0; {
		n := min(len(b), pieceSize)
		if err := p.start(p.host); err != nil {
			return err
		}
		e := runner.Event{Kind: runner.Output, Host: p.host, Stream: p.stream, Data: b[:n:n]}
		if err := p.sink.Event(e); err != nil {
			return err
		}
		b = b[n:]
	}
	p.block = p.block[:0]
	return nil
}

// start tells that a host's command has begun, once.
func (p *player) start(host int) error {
	if p.started[host] {
		return nil
	}
	p.started[host] = true
	return p.sink.Event(runner.Event{Kind: runner.Started, Host: host})
}

// end tells that a host has ended.
func (p *player) end(host int, r *runner.Result) error {
	if r.Outcome != runner.NotStarted && r.Outcome != runner.Unreachable {
		if err := p.start(host); err != nil {
			return err
		}
	}
	p.ended[host] = true
	p.counted.Counts[r.Outcome]++
	if r.Outcome == runner.Exited && r.Code == 0 {
		p.counted.OK++
	}
	return p.sink.Event(runner.Event{Kind: runner.Ended, Host: host, Result: r})
}
