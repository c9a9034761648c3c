//go:build !linux

package heat

import (
	"io"
	"os"
)

// ReaperMain does nothing here: PID 1 is never heat.
func ReaperMain([]string, <-chan os.Signal, io.Writer) (code int, is bool) { return 0, false }
