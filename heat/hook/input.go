package hook

import (
	"fmt"
	"os"
	"time"
)

// MostInput is the longest text of WithInput: any pipe holds that much (pipe(7)), so writing it
// waits for nobody.
const MostInput = 4096

// openInput returns the hook's standard input; nil where it has none. The caller closes it.
func (h Hook) openInput() (*os.File, error) {
	if h.input == nil {
		return nil, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe for a hook: %w", err)
	}
	defer w.Close()
	_ = w.SetWriteDeadline(time.Now().Add(time.Second)) // should a text be longer
	if _, err := w.Write(h.input); err != nil {
		r.Close()
		return nil, fmt.Errorf("write a hook's input: %w", err)
	}
	return r, nil
}
