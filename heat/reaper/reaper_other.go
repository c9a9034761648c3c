//go:build !linux

package reaper

import "fmt"

// Run never runs heat here: PID 1 is never heat, and there is no subreaper. With --init the error
// is ErrNoInit.
func Run(c Config) (code int, ran bool, err error) {
	if c.Init {
		err = fmt.Errorf("%w: needs Linux", ErrNoInit)
	}
	return 0, false, err
}
