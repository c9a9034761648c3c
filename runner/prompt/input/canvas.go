package input

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// maxHeld is how much a canvas holds.
const maxHeld = 64 << 10

// A canvas is what the editor draws on. The editor writes a piece for each key; while it has keys
// to work on, the canvas holds the pieces, and the terminal gets them in one write.
//
// It answers requests for the cursor's position (ECMA-48, DSR 6) itself instead of passing them on.
type canvas struct {
	w io.Writer
	k *keys

	mu      sync.Mutex
	holding bool
	held    []byte
}

// Write writes b without the requests that it answers, or holds it.
func (c *canvas) Write(b []byte) (int, error) {
	const question, answer = "\x1b[6n", "\x1b[1;1R"
	c.mu.Lock()
	defer c.mu.Unlock()
	rest := bytes.ReplaceAll(b, []byte(question), nil)
	if asked := (len(b) - len(rest)) / len(question); asked > 0 {
		c.k.push(strings.Repeat(answer, asked))
	}
	c.held = append(c.held, rest...)
	if c.holding && len(c.held) < maxHeld {
		return len(b), nil
	}
	if err := c.flush(); err != nil {
		return 0, err
	}
	return len(b), nil
}

// hold makes the canvas hold what is written from now on.
func (c *canvas) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding = true
}

// show writes what is held, and makes the canvas hold nothing from now on.
func (c *canvas) show() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding = false
	return c.flush()
}

// flush writes what is held. The caller holds mu.
func (c *canvas) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.w.Write(c.held)
	c.held = c.held[:0]
	return err
}

// drawnKeys are the keys for an editor whose drawing shows before it waits for one.
type drawnKeys struct {
	canvas *canvas
	keys   *keys
}

// Read shows the drawing, and waits for keys.
func (d drawnKeys) Read(p []byte) (int, error) {
	if err := d.canvas.show(); err != nil {
		return 0, err
	}
	defer d.canvas.hold()
	return d.keys.Read(p)
}
