package prompt

import (
	"io"
	"sync"
)

// A screen is where results go. While the prompt is up they go through the editor, which
// draws the prompt again below them.
type screen struct {
	mu     sync.Mutex
	direct io.Writer
	editor io.Writer // nil: no prompt is up
}

// via makes the screen write through w, or directly again.
func (s *screen) via(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.editor = w
}

// Write writes b without recording it.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.editor != nil {
		return s.editor.Write(b)
	}
	return s.direct.Write(b)
}

// A recorder writes a command's results to the screen, and keeps them for :save.
type recorder struct {
	*screen
	results *results
}

// Write writes b to the screen and keeps it.
func (r recorder) Write(b []byte) (int, error) {
	r.results.add(b)
	return r.screen.Write(b)
}
