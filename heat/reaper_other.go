//go:build !linux

package heat

import "os"

// ReaperMain does nothing here: PID 1 is never heat.
func ReaperMain([]string, <-chan os.Signal, *os.File, *os.File) (code int, is bool) { return 0, false }
