//go:build !linux

package process

import "os"

// watchExit cannot watch a process that is not a child here; its end is
// noticed when it is signalled.
func watchExit(*os.Process) (gone <-chan struct{}, stop func()) { return nil, func() {} }
