package prompt

import (
	"io"
	"sync"
)

// A screen is where results go. While the prompt is up they go through the
// editor, which draws it again below them.
type screen struct {
	mu     sync.Mutex
	direct io.Writer
	editor io.Writer // nil: no prompt is up
	kept   *results
}

// via makes the screen write through w, or directly again.
func (s *screen) via(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.editor = w
}

// Write writes to the terminal alone.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.editor != nil {
		return s.editor.Write(b)
	}
	return s.direct.Write(b)
}

// keeper is a screen whose output is a command's result, and kept for :save.
type keeper struct{ *screen }

func (k keeper) Write(b []byte) (int, error) {
	k.kept.add(b)
	return k.screen.Write(b)
}
