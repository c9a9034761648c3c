package heat

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"clsh/heat/exit"
	"clsh/heat/history"
	"clsh/heat/options"
	"clsh/heat/page"
	"clsh/heat/state"
)

// timeline prints the last days of one check, and returns the exit status.
func timeline(c *options.Command, sys System) int {
	if c.State == "" {
		return sys.refuse(exit.Usagef("--timeline: needs --state or --config\nhint: the last days are in the state file"))
	}
	past, err := state.Past(c.State, cmp.Or(c.Name, page.Unnamed))
	if err != nil {
		return sys.refuse(fmt.Errorf("--timeline: read state: %w", err))
	}
	return printTimeline(sys, []history.Check{past})
}

// printTimeline prints checks, and returns the exit status.
func printTimeline(sys System, checks []history.Check) int {
	if _, err := io.WriteString(sys.Stdout, history.Text(time.Now(), checks)); err != nil {
		return exit.Failure
	}
	return 0
}
