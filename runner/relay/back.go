package relay

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"clsh/runner/event"
	"clsh/runner/record"
)

// hello begins the line by which a relay says that it is there; its protocol and its version follow.
// What comes before it is the noise of a login.
const hello = "\x1eclsh-relay "

// maxNoise bounds that noise, in bytes.
const maxNoise = 1 << 20

// maxBlock is how much output becomes one event, in bytes (event.Event).
const maxBlock = 64 << 10

// A receiver gets what a relay says, in its order. An error of its ends the relay.
type receiver interface {
	greeted()
	started(name string) error
	output(name string, stream event.Stream, data []byte) error
	ended(name string, rank int, r *event.Result) error
}

// back reads what comes from a relay: noise, its hello, and then the record of its part of the run.
type back struct {
	to    receiver
	lines splitter
	noise int
	known bool // hello was read

	tree  tree
	hosts map[string]*[3]int // where those are in it that have printed something, by stream

	line   []byte // the last one, with its newline
	block  []byte // whole lines of a host and stream, passed on together
	host   string
	stream event.Stream
}

// newBack returns a back whose tree has so many bytes of room.
func newBack(to receiver, room int) *back {
	return &back{to: to, lines: splitter{most: maxNoise}, tree: newTree(room), hosts: map[string]*[3]int{}}
}

// feed takes the next bytes. After an error it must not be called again.
func (b *back) feed(p []byte) error {
	if err := b.lines.feed(p, b.object); err != nil {
		return err
	}
	return b.flush()
}

func (b *back) object(text []byte) error {
	if !b.known {
		return b.greeting(text)
	}
	r, err := record.Parse(text)
	if err != nil {
		return fmt.Errorf("it sent what is no object of a record: %w", err)
	}
	if r.Kind == event.Output {
		return b.output(&r)
	}
	if err := b.flush(); err != nil {
		return err
	}
	switch r.Kind {
	case event.Started:
		return b.to.started(r.Host)
	case event.Ended:
		delete(b.hosts, r.Host)
		return b.to.ended(r.Host, r.Rank, r.Result)
	}
	return nil
}

// greeting looks for hello in a line.
func (b *back) greeting(text []byte) error {
	_, words, found := bytes.Cut(text, []byte(hello))
	if !found {
		if b.noise += len(text); b.noise > maxNoise {
			return errors.New("its login prints without end")
		}
		return nil
	}
	number, version, _ := strings.Cut(strings.TrimSpace(string(words)), " ")
	if number != fmt.Sprint(protocol) {
		return fmt.Errorf("its clsh %.40q has protocol %.10q, and this one has protocol %d", version, number, protocol)
	}
	b.known, b.lines.most = true, record.LongestObject
	b.to.greeted()
	return nil
}

// output takes what a host has printed, or the number of what another has printed before.
func (b *back) output(r *record.Report) error {
	if r.Host != b.host || r.Stream != b.stream {
		if err := b.flush(); err != nil {
			return err
		}
		b.host, b.stream = r.Host, r.Stream
	}
	places := b.hosts[r.Host]
	if places == nil {
		places = &[3]int{}
		b.hosts[r.Host] = places
	}
	at := &places[r.Stream]
	if !r.Again {
		text := r.Data
		if r.EOL {
			b.line = append(append(b.line[:0], r.Data...), '\n')
			text = b.line
		}
		*at = b.tree.add(*at, text)
		return b.collect(text)
	}
	texts, err := b.tree.between(*at, r.Line)
	if err != nil {
		return err
	}
	*at = r.Line
	for _, text := range texts {
		if err := b.collect(text); err != nil {
			return err
		}
	}
	return nil
}

// collect collects whole lines, and passes on a longer one in pieces.
func (b *back) collect(text []byte) error {
	if len(b.block)+len(text) > maxBlock {
		if err := b.flush(); err != nil {
			return err
		}
	}
	b.block = append(b.block, text...)
	if bytes.HasSuffix(text, []byte{'\n'}) {
		return nil
	}
	return b.flush()
}

// flush passes on what was collected.
func (b *back) flush() error {
	block := b.block
	b.block = b.block[:0]
	for len(block) > 0 {
		n := min(len(block), maxBlock)
		if err := b.to.output(b.host, b.stream, block[:n:n]); err != nil {
			return err
		}
		block = block[n:]
	}
	return nil
}
