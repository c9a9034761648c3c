package options

import (
	"context"
	"time"

	"clsh/heat/checker"
)

// Places connects to the places of a check.
type Places func(PlacesSpec) (PlacesRun, error)

// PlacesSpec is what a check asks of its places.
type PlacesSpec struct {
	Command string
	Environ []string
	// Limit is how long the command may run, KillAfter the time from TERM to KILL.
	Limit, KillAfter time.Duration
	// Ignored reports whether an exit code is neither good nor bad.
	Ignored func(code int) bool
	Logf    func(format string, args ...any)
}

// A PlacesRun is connections to the places of a check.
type PlacesRun interface {
	// Check runs the command in each place, one check at a time. The end of ctx stops the wait.
	Check(ctx context.Context) <-chan checker.Report
	Close()
}
