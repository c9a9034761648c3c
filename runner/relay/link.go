package relay

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"clsh/runner/admission"
	"clsh/runner/conn"
	"clsh/runner/event"
	"clsh/runner/remote"
)

// A link is the connection with a relay. Its supervisor, the goroutine of run, owns it.
type link struct {
	fleet *fleet
	index int
	live  bool // it takes lines; under fleet.mu
	out   *outbox

	hello chan struct{} // delivers when the relay has answered
	wrong chan error    // delivers what was wrong with what it sent
	heard atomic.Bool   // something came since the last look
	busy  atomic.Int32  // of readers, those that are passing something on
	said  []byte        // the end of what it printed on standard error; of the reader of that, until it ends

	answered bool
	why      string // it was given up
	timedOut bool
}

// Times that are no option: what a relay may take to exit when its work is done, and to end all at
// once when it is asked to.
const (
	exitGrace = 5 * time.Second
	killGrace = time.Second
	pingEvery = time.Second
)

// gatherReads is how long the root lets reports wait in the pipes of ssh after it has read some, of
// whatever relay: it wakes as often for many relays as for one. After quiet it does as an outbox does.
const gatherReads = 50 * time.Millisecond

// run reaches the relay, again where it was refused, and takes it to its end.
func (l *link) run() {
	login := conn.Login{
		Rank: l.index, Retries: l.fleet.Retry, Within: l.fleet.RetryFor, Stop: l.fleet.Drain,
		Acquire: func(attempt int) *admission.Slot { return l.fleet.admission.Acquire(attempt, l.fleet.over) },
		Try:     l.attempt,
	}
	r := login.Run()
	l.fleet.lose(l.index, cmp.Or(r.Reason, "it was not reached"), r.Refused)
}

// attempt makes one session of it.
func (l *link) attempt(slot *admission.Slot, noMux bool) (event.Result, conn.Refusal) {
	l.out, l.hello, l.wrong = newOutbox(gatherLines, 0, 0), make(chan struct{}, 1), make(chan error, 1)
	l.why, l.timedOut, l.said = "", false, nil
	in := newBack(l, l.fleet.Job.Room)
	broken := false
	words := []string{"clsh", "--no-config", "--serve-relay"}
	c, err := l.fleet.dialer.Dial(conn.Session{
		Rank: l.index, Slot: slot, NoMux: noMux, Framer: remote.NewRawFramer,
		Start:  remote.Start{Words: words, Line: "exec " + strings.Join(words, " ")},
		Gather: func() { l.fleet.reads.wait(nil, l.fleet.over) },
		Emit: func(e event.Event) {
			l.busy.Add(1)
			defer l.busy.Add(-1)
			l.heard.Store(true)
			switch {
			case e.Kind != event.Output:
			case e.Stream == event.Stderr:
				l.hearError(e.Data)
			case !broken:
				if err := in.feed(e.Data); err != nil {
					broken = true
					l.wrong <- err
				}
			}
		},
	})
	if err != nil {
		return conn.NotDialed(err), conn.Final
	}
	c.Start()
	var writer sync.WaitGroup
	writer.Go(func() {
		_ = l.out.write(c.Stdin) // the end of ssh says more
		c.Stdin.Close()          // the relay sees the end of its input
	})
	l.supervise(c, slot)
	exit := c.Finish()
	l.out.close()
	writer.Wait()
	select {
	case err := <-l.wrong: // it came with the end
		l.why = cmp.Or(l.why, err.Error())
	default:
	}
	return l.result(exit)
}

// supervise takes the session from its start to the end of ssh.
func (l *link) supervise(c *conn.Conn, slot *admission.Slot) {
	c.SetLimit(l.fleet.ReadyTimeout)
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	over, kill, missed := l.fleet.over, l.fleet.Kill, 0
	var hard <-chan time.Time
	for {
		select {
		case <-c.Exited():
			return
		case <-c.Marks: // of the agent's, which is not there
		case <-c.Limit():
			if c.Expired() {
				l.timedOut = true
				l.giveUp(c, fmt.Sprintf("no answer from clsh there within %s (--ready-timeout)", l.fleet.ReadyTimeout))
			}
		case <-l.hello:
			slot.Done(admission.Succeeded)
			c.SetLimit(0)
			l.answered = true
			if err := l.fleet.answered(l); err != nil {
				l.giveUp(c, err.Error())
			}
		case err := <-l.wrong:
			l.giveUp(c, err.Error())
		case <-ping.C:
			if missed++; l.heard.Swap(false) || l.busy.Load() > 0 || !l.answered {
				missed = 0
			}
			if limit := 2 * l.fleet.LostAfter; limit > 0 && time.Duration(missed)*pingEvery > limit {
				l.giveUp(c, fmt.Sprintf("nothing was heard from it for %s", limit))
			}
			l.ping()
		case <-over:
			over = nil
			l.out.close()
			grace := exitGrace
			if !l.answered { // it has no work to end
				grace = 0
			}
			c.End(grace, syscall.SIGTERM)
		case <-kill:
			kill, hard = nil, time.After(killGrace)
		case <-hard:
			c.Kill()
		}
	}
}

// giveUp ends the session for a reason; the first counts.
func (l *link) giveUp(c *conn.Conn, why string) {
	l.why = cmp.Or(l.why, why)
	c.Kill()
}

// ping tells the relay that the root is there.
func (l *link) ping() {
	l.fleet.mu.Lock()
	defer l.fleet.mu.Unlock()
	_ = l.send(line{kind: pingLine})
}

// send sends a line, once the relay has answered. The caller holds fleet.mu.
func (l *link) send(text line) error {
	if !l.live {
		return nil
	}
	return l.out.put(text)
}

// result is the end of an attempt.
func (l *link) result(exit conn.Exit) (event.Result, conn.Refusal) {
	r := event.Result{Outcome: event.Lost, Code: event.CodeLost, Reason: l.reason(exit)}
	if l.answered {
		return r, conn.Final
	}
	r.Outcome, r.Refused = event.Unreachable, !l.timedOut && !exit.Log.TimedOut
	if exit.Log.TurnedAway && l.why == "" {
		return r, conn.Refused
	}
	return r, conn.Final
}

// missing is the exit status of a shell that finds no program (POSIX, 2.8.2).
const missing = 127

// reason says why the session ended.
func (l *link) reason(exit conn.Exit) string {
	last := remote.ClientReason(l.said)
	program, status := cmp.Or(exit.Client, "ssh"), exit.Status
	switch {
	case l.why != "":
		return l.why
	case exit.Log.Reason != "":
		return exit.Log.Reason
	case status.Signal != 0:
		return fmt.Sprintf("%s was ended by signal %d", program, status.Signal)
	case status.Code == event.CodeLost && !l.answered:
		return cmp.Or(last, "the connection ended")
	case status.Code == missing && !l.answered:
		return "clsh was not found there: " + cmp.Or(last, "its shell exited with status 127")
	case last != "":
		return last
	}
	return fmt.Sprintf("clsh exited with status %d there", status.Code)
}

// hearError keeps the end of what the relay prints on standard error.
func (l *link) hearError(p []byte) {
	const most = 4 << 10
	l.said = append(l.said, p...)
	l.said = l.said[max(0, len(l.said)-most):]
}

// greeted, started, output and ended make a link the receiver of its relay.

func (l *link) greeted() { l.hello <- struct{}{} }

func (l *link) started(name string) error {
	l.fleet.mu.Lock()
	rank, err := l.fleet.table.start(l.index, name)
	l.fleet.mu.Unlock()
	if err == nil {
		l.fleet.Emit(event.Event{Kind: event.Started, Host: rank})
	}
	return err
}

func (l *link) output(name string, stream event.Stream, data []byte) error {
	l.fleet.mu.Lock()
	rank, err := l.fleet.table.output(l.index, name)
	l.fleet.mu.Unlock()
	if err == nil {
		l.fleet.Emit(event.Event{Kind: event.Output, Host: rank, Stream: stream, Data: data})
	}
	return err
}

func (l *link) ended(name string, rank int, r *event.Result) error {
	l.fleet.mu.Lock()
	steps, err := l.fleet.table.end(l.index, name, rank, r)
	report := l.fleet.do(steps)
	l.fleet.mu.Unlock()
	report()
	return err
}
