package event

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Outcome is how a host's part of the run ended.
type Outcome uint8

// The outcomes, in the order of the manual.
const (
	Exited      Outcome = iota + 1 // the command ended by itself, with Code
	Signaled                       // a signal ended the command: Signal, Code is 128 + n
	Timeout                        // it ran longer than --timeout; Code is 124
	Lost                           // the connection broke or fell silent after the command began; Code is 255
	Unreachable                    // the command never began; Code is 255
	Stopped                        // clsh ended it: a signal to clsh, or another host was lost
	NotStarted                     // clsh ended, or the rollout stopped, before its turn
)

// Outcomes returns all outcomes in their order.
func Outcomes() []Outcome {
	return []Outcome{Exited, Signaled, Timeout, Lost, Unreachable, Stopped, NotStarted}
}

// String returns the outcome's name as JSON and the summary write it.
func (o Outcome) String() string {
	names := [...]string{"", "exited", "signaled", "timeout", "lost", "unreachable", "stopped", "not_started"}
	if int(o) < len(names) {
		return names[o]
	}
	return ""
}

// Result is the end of one host's part of the run.
type Result struct {
	Outcome Outcome
	// Code is the exit status that this host counts for: the command's own,
	// 128 + n, 124 or 255. Meaningless (0) for Stopped and NotStarted.
	Code int
	// Signal is the signal that ended the command, or 0.
	Signal syscall.Signal
	// Refused reports, for Unreachable, that the host or something on the way to
	// it answered and said no, before a limit ran out. Where a command must end
	// within a time of ssh's start, it also reports, for Lost, that ssh ended
	// before that.
	Refused bool
	// Words is what ssh, or the login, printed where Refused is set and a command
	// must end within a time of ssh's start; several lines, perhaps none.
	Words string
	// Reason is ssh's or the engine's own words for a host that was not
	// reached or lost; one line, perhaps empty.
	Reason string
	// Hint is what the user can do about that, one line, perhaps empty.
	Hint string
	// Confirmed reports, for Stopped and Timeout, whether a last look on the
	// host, after the last signal, found none of the command's processes.
	Confirmed bool
	// LeftRunning names the processes that this look did find, such as
	// "nginx (812)"; not all of them where there are many.
	LeftRunning []string
	// Duration is the time from the start of ssh to the end.
	Duration time.Duration
	// NewKey is ssh's line about a host key that it accepted and kept, or
	// empty.
	NewKey string
	// Copied says what a copy has changed, and Digest what was copied: the SHA-256 of the file, or
	// of a list of them.
	Copied Copied
	Digest string
	// Attempts is how often ssh was started for the host.
	Attempts int
}

// IsLost reports whether the connection was lost, or did not come about in time.
// Such a host stops the others (without KeepGoing); one that refused does not.
func (r *Result) IsLost() bool {
	return (r.Outcome == Lost || r.Outcome == Unreachable) && !r.Refused
}

// Kind names how the host ended, as a summary does: "ok", "exit 3", "SIGKILL", "not started".
func (r *Result) Kind() string {
	switch r.Outcome {
	case Exited:
		switch {
		case r.Code == 0 && r.Copied.Done():
			return string(r.Copied)
		case r.Code == 0:
			return "ok"
		}
		return fmt.Sprintf("exit %d", r.Code)
	case Signaled:
		if name := SignalName(r.Signal); name != "" {
			return name
		}
		return fmt.Sprintf("signal %d", r.Code-codeSignal)
	case NotStarted:
		return "not started"
	}
	return r.Outcome.String()
}

// Failed reports whether the command did not exit with 0: it exited otherwise, was killed, ran too
// long, or its host was lost or unreachable. What clsh stopped or did not start has not failed.
func (r *Result) Failed() bool {
	switch r.Outcome {
	case Stopped, NotStarted:
		return false
	case Exited:
		return r.Code != 0
	}
	return true
}

// Exit returns the outcome that an exit status means, as shells report it: 128 + n is
// the end by signal n (POSIX, 2.8.2), and cannot be distinguished from a command that exits
// with that status.
func Exit(status int) (Outcome, syscall.Signal) {
	if sig := syscall.Signal(status - codeSignal); 0 < sig && sig < 32 {
		return Signaled, sig
	}
	return Exited, 0
}

// SignalName returns a signal's name, such as SIGKILL, or SIG35 where it has none; "" for 0.
func SignalName(s syscall.Signal) string {
	if s == 0 {
		return ""
	}
	if name := unix.SignalName(s); name != "" {
		return name
	}
	return fmt.Sprintf("SIG%d", int(s))
}
