//go:build !linux

package proc

import "syscall"

// setDeathSignal does nothing: only Linux has a parent-death signal. The
// Sweeper does its work.
func setDeathSignal(*syscall.SysProcAttr) {}
