package policy

import (
	"cmp"
	"fmt"
	"syscall"
	"time"
)

// Outcome is how a check ended.
type Outcome uint8

// The outcomes. In CannotRun no check has run, and in Held and NoQuorum none that says anything.
const (
	Exited    Outcome = iota + 1 // by itself, with Code
	Signaled                     // by a signal; Code is 128 + n
	TimedOut                     // at its limit; Code is 124
	CannotRun                    // it could not be started; Code is 126 or 127
	Held                         // something that it needs fails: Result.Needs
	NoQuorum                     // too few of its places have answered: Result.Votes
)

// String returns the outcome as HEAT_FAIL_REASON and the JSON have it.
func (o Outcome) String() string {
	return name(o, "", "exited", "signaled", "timeout", "cannot-run", "needs", "no-quorum")
}

// MarshalText is String: the state file has names.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (o *Outcome) UnmarshalText(text []byte) error {
	for q := Outcome(0); q <= NoQuorum; q++ {
		if q.String() == string(text) {
			*o = q
			return nil
		}
	}
	return fmt.Errorf("%q is no outcome", text)
}

// Result is one check, seen from outside.
type Result struct {
	Outcome Outcome
	// Code is the exit code that is shown: 0 is good.
	Code   int
	Signal syscall.Signal // that ended the check, or 0
	Pid    int            // that the check had; 0 where it could not be started
	// Unix is the number that the check's line on the console has: the wall
	// clock at its begin, in seconds.
	Unix int64
	// Slot is the instant at which the check was due, Begin and End are those
	// at which it began and ended; all since heat's start.
	Slot, Begin, End time.Duration
	// Paused says that the pause file was there.
	Paused bool
	// Needs is the check that fails, for Held.
	Needs string
	// Votes says how many of its places voted, and how, for a check that has places.
	Votes string
}

// Verdict is what a Result says about the service.
type Verdict uint8

// The verdicts. Unknown and Unrunnable change no count.
const (
	Good Verdict = iota + 1
	Bad
	Unknown
	Unrunnable
)

// String returns the verdict as the metrics and the JSON have it.
func (v Verdict) String() string {
	return name(v, "", "ok", "failed", "unknown", "cannot-run")
}

// Rules are the options that the policy depends on. The zero value watches
// and never repairs; Interval must be set.
type Rules struct {
	Interval time.Duration
	// Failing is the interval while failures are open; 0 is Interval.
	Failing time.Duration
	// Threshold is the number of failures in a row at which the first
	// recovery runs; 0: none ever does.
	Threshold int
	// Alarm is the number of failures at which the service counts as failed, where Threshold is 0.
	Alarm int
	// Of, if it is not 0, makes Threshold and Alarm count the failures among the last Of checks,
	// instead of those in a row. At most MostOf.
	Of int
	// Flaps is the number of changes of status within FlapIn that is still steady; 0: any number is.
	// While the service flaps, no recovery starts. At most MostFlaps.
	Flaps  int
	FlapIn time.Duration
	// Remind is how long a status that is not good lasts until it is reported again; 0: it is not.
	Remind time.Duration
	// RecoveryTimeout is how long is re-checked before the next recovery; 0
	// is Threshold re-checks.
	RecoveryTimeout time.Duration
	// Rise is the number of good re-checks in a row that prove a repair;
	// 0 is 1.
	Rise int
	// Backoff is the pause before the second recovery, doubled for each one
	// after it up to BackoffMax; 0: none. It counts State.Tried.
	Backoff, BackoffMax time.Duration
	// MaxRecoveries is the number of recoveries (State.Tried) after which heat
	// gives up; 0: it never does.
	MaxRecoveries int
	// MinGap is the least time from the end of one recovery to the start of
	// the next, in the same streak or not; 0 is Interval.
	MinGap time.Duration
	// Stable is how long checks must be good until the recoveries tried so
	// far are forgotten; 0 is ten times Interval.
	Stable time.Duration
	// UntilOK is the number of good checks in a row at which heat ends; 0: it goes on. Nothing is
	// repaired then: Threshold must be 0.
	UntilOK int
	// Within is the instant at which heat ends if UntilOK has not been reached; 0: none.
	Within time.Duration
	// Unknown has the exit codes that are neither good nor bad.
	Unknown map[int]bool
	// Wired has the optional actions that the caller has something for; the
	// others are left out of what Observe returns.
	Wired map[Do]bool
}

// Judge tells what r says about the service.
func (u *Rules) Judge(r Result) Verdict {
	switch {
	case r.Outcome == CannotRun:
		return Unrunnable
	case r.Outcome == Held || r.Outcome == NoQuorum || u.Unknown[r.Code]:
		return Unknown
	case r.Code == 0 && r.Outcome == Exited:
		return Good
	default:
		return Bad
	}
}

// alarm is the number of failures at which the service counts as failed.
func (u *Rules) alarm() int { return max(u.Threshold, u.Alarm, 1) }

func (u *Rules) failing() time.Duration { return cmp.Or(u.Failing, u.Interval) }

func (u *Rules) minGap() time.Duration { return cmp.Or(u.MinGap, u.Interval) }

func (u *Rules) stable() time.Duration { return cmp.Or(u.Stable, 10*u.Interval) }

// pause returns the pause before the next recovery when n have been tried.
func (u *Rules) pause(n int) time.Duration {
	if u.Backoff <= 0 || n < 1 {
		return 0
	}
	d := u.Backoff
	for ; n > 1 && d < u.BackoffMax; n-- {
		d += min(d, u.BackoffMax-d) // doubling could overflow
	}
	return d
}

// Do is one kind of action.
type Do uint8

// The actions, in the order in which one failure can bring them.
const (
	ShowOK        Do = iota + 1
	ShowFailed       // the line on the console
	ShowUnknown      //
	Log              // the check's output and what went wrong, into the log
	SendSignal       // --signal to the process
	RunFail          // --fail
	Changed          // the status has changed, or lasts
	RunChange        // --on-change
	WarnBackoff      // report, once, that recoveries follow each other without a backoff
	Recover          // a recovery begins; Streak.Recoveries counts it already
	SendFault        // --fault-signal
	RunRecovery      // --recovery
	Proven           // a repair is proven, the streak is over
	SendSuccess      // --success-signal
	RunRecovered     // --recovered
	GiveUp           // no recovery has helped; heat ends after the next action
	RunGiveUp        // --give-up
	ReportReached    // UntilOK is reached; heat ends
	ReportMissed     // Within is over; heat ends
)

// String returns the action's name; that of a hook is what the JSON has.
func (d Do) String() string {
	return name(d, "", "show-ok", "show-failed", "show-unknown", "log", "signal", "fail",
		"changed", "on-change", "warn-backoff", "recover", "fault-signal", "recovery", "proven", "success-signal", "recovered",
		"giving-up", "give-up", "reached", "missed")
}

// optional tells whether d happens only where it is Wired.
func (d Do) optional() bool {
	switch d {
	case SendSignal, RunFail, Changed, RunChange, SendFault, RunRecovery, SendSuccess, RunRecovered, RunGiveUp:
		return true
	}
	return false
}

// Action is one thing to do, with the streak of failures as it was when it was
// ordered: after a success the State itself has forgotten it.
type Action struct {
	Do     Do
	Streak Streak
	// Tried is State.Tried at that moment.
	Tried int
	// Change is what Changed and RunChange are about.
	Change Change
}
