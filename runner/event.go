package runner

import (
	"syscall"
	"time"
)

// Kind says what an Event tells.
type Kind uint8

// The kinds of events. For each host there is at most one Started, then any
// number of Output, then exactly one Ended; a host that was never started has
// only its Ended.
const (
	// Started: the host's command has been handed to its shell.
	Started Kind = iota + 1
	// Output: bytes that the host's command wrote.
	Output
	// Ended: nothing more comes from this host; Result is set.
	Ended
	// Tick: time passes; sent about five times a second when asked for, for
	// sinks that draw. Host is meaningless.
	Tick
	// Note: Data is a line or more of what ssh or a login said besides the
	// command's output, or of what clsh does (Config.Notes).
	Note
	// Show: the user asks for the states now (SIGUSR1, Return). Host is
	// meaningless.
	Show
)

// Stream names one of a command's two outputs.
type Stream uint8

// The streams of a command.
const (
	Stdout Stream = iota + 1
	Stderr
)

// Event is one step in the life of a run. Events of one host come in order;
// those of different hosts in order of arrival.
type Event struct {
	Kind Kind
	// Host is the host's rank: its index, from 0, in the list of the run.
	Host int
	Time time.Time
	// Stream belongs to Output, Data to Output and Note. Output's Data is a block of whole lines, each
	// with its newline, or, at most 64 KiB at a time, a piece of a line that
	// is longer than that: then it does not end in a newline and the line
	// goes on in the next Output of the same host and stream. The last
	// Output of a stream lacks the newline where the host sent none. Data
	// is never empty, and is the engine's again when the sink returns.
	Stream Stream
	Data   []byte
	// Result belongs to Ended.
	Result *Result
}

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
	NotStarted                     // clsh ended before its turn
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
	// Code is the exit status that this host stands for: the command's own,
	// 128 + n, 124 or 255. Meaningless (0) for Stopped and NotStarted.
	Code int
	// Signal is the signal that ended the command, or 0.
	Signal syscall.Signal
	// Refused reports, for Unreachable, that the host or something on the way to
	// it answered and said no, before a limit ran out.
	Refused bool
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
	// Attempts is how often ssh was started for the host.
	Attempts int
}

// IsLost reports whether the connection was lost, or did not come about in time.
// Such a host stops the others (without KeepGoing); one that refused does not.
func (r *Result) IsLost() bool {
	return r.Outcome == Lost || r.Outcome == Unreachable && !r.Refused
}

// Summary is the whole run in figures. Its counts add up to Hosts.
type Summary struct {
	Hosts  int
	Counts map[Outcome]int
	// OK is the number of hosts whose command exited with 0.
	OK int
	// Code is the exit status of the tool (manual, "exit status").
	Code int
	// Interrupt is the signal that ended the run, or 0.
	Interrupt syscall.Signal
	Duration  time.Duration
}

// Sink is what becomes of a run's events. The engine calls it from one
// goroutine at a time; a slow sink slows the hosts. An error of Event
// cancels the run; further events may still come and should be ignored
// cheaply. Close is called once, after the last event.
type Sink interface {
	Event(Event) error
	Close(*Summary) error
}
