package conn

import (
	"fmt"
	"time"

	"clsh/runner/admission"
	"clsh/runner/event"
)

// Refusal says whether an attempt may be repeated.
type Refusal uint8

// The ways in which an attempt ends.
const (
	Final      Refusal = iota // it is not repeated
	Refused                   // the host refused the login before anything had begun
	MuxRefused                // Conn.MuxRefused: repeated at once, without the kept connection
)

// A Login takes one host to the end of its session: attempts, and the pauses between them.
type Login struct {
	Rank    int
	Retries int           // after the first attempt
	Within  time.Duration // the attempts and pauses together; 0: no limit
	// Acquire returns the slot for attempt number attempt, from 0, or nil where there is no
	// further attempt to be made.
	Acquire func(attempt int) *admission.Slot
	// Try makes an attempt and returns how it ended.
	Try func(slot *admission.Slot, noMux bool) (event.Result, Refusal)
	// Stop, closed, ends a pause: there is no further attempt.
	Stop <-chan struct{}
	// Emit gets a Note before each pause; nil: it is not wanted.
	Emit func(event.Event)
}

// Run returns how the last attempt ended. What was stopped between two attempts was never
// started.
func (l *Login) Run() event.Result {
	retry, noMux := admission.NewRetry(l.Retries, l.Within), false
	for {
		slot := l.Acquire(retry.Attempt())
		if slot == nil {
			return event.Result{Outcome: event.NotStarted, Attempts: retry.Attempt()}
		}
		began := time.Now()
		result, refusal := l.Try(slot, noMux)
		if refusal == MuxRefused {
			slot.Done(admission.Failed)
			noMux = true
			continue
		}
		result.Attempts = retry.Attempt() + 1
		if refusal == Final {
			slot.Done(admission.Failed)
			return result
		}
		limit := slot.Done(admission.Refused)
		pause, again := retry.Next(time.Since(began))
		if !again {
			return result
		}
		if l.Emit != nil {
			l.Emit(event.Event{Kind: event.Note, Host: l.Rank, Data: retryNote(retry, pause, limit)})
		}
		if !admission.Sleep(pause, l.Stop) {
			return event.Result{Outcome: event.NotStarted, Attempts: retry.Attempt()}
		}
	}
}

// retryNote describes the next attempt (-v). limit is of logins in flight; 0: none.
func retryNote(retry *admission.Retry, pause time.Duration, limit int) []byte {
	text := fmt.Sprintf("clsh: refused; attempt %d of %d in %s", retry.Attempt()+1, retry.Attempts(), pause.Round(time.Millisecond))
	if limit > 0 {
		text += fmt.Sprintf(", from now on at most %d logins at a time", limit)
	}
	return []byte(text + "\n")
}
