//go:build !linux

package heat

// ReaperMain runs no reaper here: PID 1 is never heat, and there is no subreaper.
func (c *Command) ReaperMain(_ []string, sys System) (code int, is bool) {
	if !c.Init {
		return 0, false
	}
	return sys.refuse(wrong("--init: needs Linux")), true
}
