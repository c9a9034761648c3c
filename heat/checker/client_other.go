//go:build !linux

package checker

import "io"

// IsHelper tells whether args are those of a helper. There is none here.
func IsHelper([]string) bool { return false }

// Helper is the helper's main.
func Helper([]string, io.Writer) int { return 2 }

// ReleaseMemory gives back memory that only the start of the program needed.
func ReleaseMemory() {}

// StartTicks knows nothing here.
func StartTicks(int) (ticks uint64, known bool) { return 0, false }

// A Checker runs the checks of one heat, one at a time.
type Checker struct {
	spec     Spec
	captures [2]*capture
}

// New returns a Checker. The caller must call Close.
func New(spec Spec) (*Checker, error) {
	return &Checker{spec: spec, captures: spec.captures()}, nil
}

// Contained tells whether all descendants of a check are ended with it, and
// not only its process group.
func (c *Checker) Contained() bool { return false }

// Close ends the Checker. No check may be running.
func (c *Checker) Close() {}

// Start begins a check. The one before must have ended.
func (c *Checker) Start() *Run { return startGroup(c.spec, c.captures) }
