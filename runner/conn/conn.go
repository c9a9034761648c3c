package conn

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
	"clsh/runner/stall"
)

// A client is what connects to the host: an ssh process, or a muxSession.
type client interface {
	// Exited is closed when it has ended.
	Exited() <-chan struct{}
	Signal(sig syscall.Signal) error
	// Wait waits for its end, and returns how it ended.
	Wait() proc.Status
}

// A Mark is a line of the agent, and the stream that it came on.
type Mark struct {
	remote.Mark
	Stream event.Stream
}

// maxMarks is how many marks wait for their supervisor. A host that sends more of them is
// hostile, and its readers wait.
const maxMarks = 8

// A Conn is an open session with a host. Dial returns it; its supervisor, the goroutine that
// dialed, must call Start, then receive from Marks and Limit until Exited is closed, then
// call Finish. Its methods are for that goroutine only.
type Conn struct {
	client
	Progress
	// Stdin is our end of the session's standard input.
	Stdin *Stdin
	// Marks delivers the agent's lines. Each must be passed to Hear.
	Marks chan Mark

	dialer  *Dialer
	rank    int
	slot    *admission.Slot
	readers [2]*reader
	process *proc.Process // of ssh; nil: there is none
	guard   proc.Slot     // the sweeper's, of process
	log     string        // the path of ssh's own
	socket  string        // of a kept connection, or empty
	notKept bool          // its master did not answer: ssh connects without it

	limit *stall.Timer
	steps []syscall.Signal // still to be sent, dropGrace apart; not nil: End was called
}

// dropGrace is the time between two steps of End.
const dropGrace = 500 * time.Millisecond

// Start begins to read the session's output.
func (c *Conn) Start() {
	for _, rd := range c.readers {
		rd.start()
	}
}

// Limit delivers the end of the limit that SetLimit or End has set. Expired must be called then.
func (c *Conn) Limit() <-chan time.Time { return c.limit.C }

// SetLimit makes Limit expire d from now on; 0: never. It has no effect after End.
func (c *Conn) SetLimit(d time.Duration) {
	if c.steps == nil {
		c.limit.Reset(d)
	}
}

// Expired acts on the end of a limit. It reports whether the limit was the supervisor's and
// really is over: this process was not late itself, and the session is not being ended.
func (c *Conn) Expired() bool {
	switch {
	case c.limit.Credit():
		return false
	case c.steps == nil:
		return true
	}
	c.step()
	return false
}

// End gives ssh the grace to exit by itself, then sends it sig, SIGTERM and SIGKILL, a step at
// a time. On the host the agent sees the connection go. Only the first call has an effect.
func (c *Conn) End(grace time.Duration, sig syscall.Signal) {
	if c.steps != nil {
		return
	}
	c.steps = []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}
	if sig != syscall.SIGTERM {
		c.steps = append([]syscall.Signal{sig}, c.steps...)
	}
	if grace > 0 {
		c.limit.Reset(grace)
		return
	}
	c.step()
}

// step sends the next signal of End.
func (c *Conn) step() {
	if len(c.steps) == 0 {
		return
	}
	_ = c.Signal(c.steps[0])
	c.steps = c.steps[1:]
	c.limit.Reset(dropGrace)
}

// Kill ends ssh at once.
func (c *Conn) Kill() {
	c.steps = []syscall.Signal{}
	_ = c.Signal(syscall.SIGKILL)
}

// Hear counts a mark. With the first Ready the login is over.
func (c *Conn) Hear(m Mark) {
	if m.Kind == remote.Ready {
		c.slot.Done(admission.Succeeded)
		if !c.IsReady() && c.dialer.options.Persist > 0 && c.process != nil {
			// What else is in ssh's group belongs to the master that it has left.
			c.process.LeaveGroup()
			c.guard.LeaveGroup()
		}
	}
	c.hear(m)
}

// MuxRefused reports whether nothing was begun because the master of a kept connection has
// opened no session: an ssh finds out why, or connects by itself.
func (c *Conn) MuxRefused() bool {
	s, ok := c.client.(muxSession)
	return ok && !c.IsReady() && s.Declined()
}

// An Exit is how a session ended.
type Exit struct {
	Status proc.Status
	Log    remote.Log // what ssh said
	// Noise is the last line that the login printed on standard output and on standard error.
	Noise  [2]string
	Output bool // something was printed that is no noise
	// Words is what ssh and the login printed besides the command's output, where Options.Words
	// asks for it: standard output where there is any, else standard error.
	Words string
}

// Finish reads what is left, closes the input, and waits for the end of ssh. late is called
// for each mark that was not received from Marks.
func (c *Conn) Finish(late func(Mark)) Exit {
	c.limit.Stop()
	finishReaders(c.readers, c.Marks, late)
	c.Stdin.Close()
	if c.process != nil {
		c.dialer.sweeper.Remove(c.guard)
	}
	exit := Exit{Status: c.Wait()}
	for i, rd := range c.readers {
		exit.Noise[i] = lastLine(rd.noise)
		exit.Output = exit.Output || rd.any.Load()
	}
	exit.Log, exit.Words = c.readLog()
	if exit.Log.Reason == "" && exit.Status.Code == event.CodeLost && masterGone(c.socket) {
		exit.Log.Reason = goneReason
	}
	return exit
}

// readLog reads what ssh said, and removes its log. Where the command never began, all on
// standard error was said by ssh or the login.
func (c *Conn) readLog() (log remote.Log, words string) {
	text, err := readEnds(c.log)
	if err == nil {
		_ = os.Remove(c.log) // the directory goes anyway
	}
	stderr := c.readers[1]
	rest := stderr.own
	if !stderr.framer.Begun() {
		rest = append(stderr.noise, rest...)
	}
	if c.dialer.options.Verbose {
		for _, b := range [][]byte{remote.Untag(text), remote.Untag(stderr.own)} {
			if len(b) > 0 {
				stderr.emit(event.Event{Kind: event.Note, Host: c.rank, Data: b})
			}
		}
	}
	if c.dialer.options.Words {
		words = c.words(text, rest)
	}
	return remote.ParseLog(text, rest), words
}

// words returns Exit.Words. logged is ssh's log, rest what it or the login printed on standard
// error.
func (c *Conn) words(logged, rest []byte) string {
	stdout := c.readers[0]
	text := stdout.noise
	if stdout.framer.Begun() || len(text) == 0 {
		text = slices.Concat(logged, rest)
	}
	text = bytes.TrimSpace(remote.Untag(text))
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// finishReaders finishes both; late gets the marks that their supervisor has not received. (A
// hostile host sends any number of them, and its readers wait until they are received.)
func finishReaders(readers [2]*reader, marks <-chan Mark, late func(Mark)) {
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case m := <-marks:
				late(m)
			case <-done:
				return
			}
		}
	})
	for _, rd := range readers {
		rd.finish()
	}
	close(done)
	wg.Wait()
	for {
		select {
		case m := <-marks:
			late(m)
		default:
			return
		}
	}
}
