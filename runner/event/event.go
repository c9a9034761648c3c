package event

import "time"

// Kind is the kind of an Event.
type Kind uint8

// The kinds of events. For each host there is at most one Connecting, at most
// one Started, then any number of Output, then exactly one Ended; a host whose
// turn never came has only its Ended.
const (
	// Started: the host's command was handed to its shell.
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
	// Connecting: it is the host's turn, and its command waits for the
	// connection. A connection that already exists may have none.
	Connecting
	// BatchStarted: a group of a rollout begins. It, and the kinds below, are about no host;
	// Batch is set.
	BatchStarted
	// BatchEnded: every host of the group has ended; Batch has the counts.
	BatchEnded
	// Waiting: no host runs, and the run waits for Batch.Waits, or, where that is 0, no more.
	Waiting
	// GateOutput: Data is what the gate printed, in pieces of any cut.
	GateOutput
	// Message: Data is a line about the run itself, with its newline. Host is meaningless.
	Message
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
	// Stream belongs to Output, Data to Output, Note, GateOutput and Message. Output's Data is a block of
	// whole lines, each with its newline, or, at most 64 KiB at a time, a piece of a line that is
	// longer than that: then it does not end in a newline and the line goes on in the next Output
	// of the same host and stream. The last Output of a stream lacks the newline where the host
	// sent none. Data is never empty, and is the engine's again when the sink returns.
	Stream Stream
	Data   []byte
	// Result belongs to Ended.
	Result *Result
	// Batch belongs to BatchStarted, BatchEnded, Waiting and GateOutput.
	Batch *Batch
}

// Sink receives a run's events. The engine calls it from one
// goroutine at a time; a slow sink slows the hosts. An error of Event
// cancels the run; further events may still come and should be ignored
// cheaply. Close is called once, after the last event.
type Sink interface {
	Event(Event) error
	Close(*Summary) error
}
