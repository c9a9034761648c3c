package event

import (
	"fmt"
	"time"
)

// A Batch is a group of hosts that a rollout runs before the next one begins.
type Batch struct {
	Number, Of int // from 1
	// First is the rank of the group's first host, Hosts the number of hosts.
	First, Hosts int
	// NextHosts is the size of the next group, 0 after the last.
	NextHosts int
	// OK, Failed, Stopped and NotStarted count the group's hosts once it has ended, and add up
	// to Hosts then.
	OK, Failed, Stopped, NotStarted int
	// AllFailed is the number of hosts that have failed in the whole run so far, MaxFail how
	// many may fail; NoLimit: all of them.
	AllFailed, MaxFail int
	Duration           time.Duration

	// Waits is what the run waits for, Until when that is over, if it is known.
	Waits Wait
	Until time.Time
}

// NoLimit is a Batch.MaxFail that any number of failures keeps.
const NoLimit = -1

// Last reports whether there is no group behind b.
func (b *Batch) Last() bool { return b.Number == b.Of }

// Done is the number of hosts up to the end of the group.
func (b *Batch) Done() int { return b.First + b.Hosts }

// A Wait is what a run waits for between two groups.
type Wait uint8

// The kinds of waiting.
const (
	ForGate Wait = iota + 1
	ForPause
	ForAnswer
)

// A StopReason says what stopped a rollout before its end. Its text is the record's.
type StopReason string

// The reasons to stop.
const (
	StopMaxFail StopReason = "max-fail" // too many hosts have failed
	StopGate    StopReason = "gate"     // the gate did not exit with 0
	StopAsked   StopReason = "asked"    // the user said so
)

// A Stop is the early end of a rollout: nothing further starts. The zero value is none.
type Stop struct {
	By StopReason
	// Note says after which group and why, one line:
	// "stopped after batch 2 of 5: gate, exit code 1".
	Note string
}

// StopAfter returns the stop after group b, for a reason in a few words.
func StopAfter(b *Batch, by StopReason, why string) Stop {
	if b.Of == 1 {
		return Stop{by, "stopped: " + why}
	}
	return Stop{by, fmt.Sprintf("stopped after batch %d of %d: %s", b.Number, b.Of, why)}
}
