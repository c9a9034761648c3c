package clshtest

import (
	"bytes"
	"strings"
	"sync"
)

// Output collects what a program prints and wakes those who wait for it.
type Output struct {
	mu   sync.Mutex
	text bytes.Buffer
	grew chan struct{} // closed and replaced at each write

	flood []string // lines that are not kept any more
	line  int      // where in text the last line begins, while there is a flood
}

// NewOutput returns an empty Output.
func NewOutput() *Output { return &Output{grew: make(chan struct{})} }

// Write never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grew)
	o.grew = make(chan struct{})
	o.text.Write(p)
	if o.flood != nil {
		o.dam()
	}
	return len(p), nil
}

// Floods says that from now on lines of these are not kept: a search in all of a
// flood would not keep up with it.
func (o *Output) Floods(lines ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flood, o.line = lines, o.text.Len()
	o.dam()
}

// dam drops the flood's lines from what has come since the last whole line.
func (o *Output) dam() {
	rest := string(o.text.Bytes()[o.line:])
	for _, line := range o.flood {
		rest = strings.ReplaceAll(rest, line, "")
	}
	o.text.Truncate(o.line)
	o.text.WriteString(rest)
	o.line += strings.LastIndexByte(rest, '\n') + 1
}

// String returns what was printed so far.
func (o *Output) String() string {
	text, _ := o.Now()
	return text
}

// Now returns what was printed so far, and a channel that is closed when there is more.
func (o *Output) Now() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.grew
}
