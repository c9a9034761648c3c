//go:build !linux

package heat

import "io"

// ReaperMain does nothing here: PID 1 is never heat.
func ReaperMain([]string, io.Writer) (code int, is bool) { return 0, false }
