package conn

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/conn/passwords"
	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
	"clsh/runner/stall"
)

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

	options   *Options
	sweeper   *proc.Sweeper // has guard
	rank      int
	host      hosts.Host
	slot      *admission.Slot
	passwords *passwords.Session
	readers   [2]*reader
	name      string        // of the client; empty: ssh
	process   *proc.Process // of the client; nil: there is none
	guard     proc.Slot     // of process
	pulse     *pulse        // nil: the client is ssh
	log       string        // the path of ssh's own
	socket    string        // of a kept connection, or empty
	notKept   bool          // its master did not answer: ssh connects without it

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

// End gives the client the grace to exit by itself, then sends it sig, SIGTERM and SIGKILL, a step
// at a time. On the host the agent sees the connection go. Only the first call has an effect.
func (c *Conn) End(grace time.Duration, sig syscall.Signal) {
	if c.steps != nil {
		return
	}
	grace = max(grace, c.hangUp())
	c.steps = slices.Compact([]syscall.Signal{sig, syscall.SIGTERM, syscall.SIGKILL}) // sig may be SIGTERM itself
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

// Kill ends the client at once, or after the moment that hangUp asks for.
func (c *Conn) Kill() {
	c.steps = []syscall.Signal{syscall.SIGKILL}
	if grace := c.hangUp(); grace > 0 {
		c.limit.Reset(grace)
		return
	}
	c.step()
}

// hangUp ends the session's input where the client is not ssh, and returns how long that needs: an
// srun that is killed tells its task nothing, but hands on the end of its input.
func (c *Conn) hangUp() time.Duration {
	if c.pulse == nil {
		return 0
	}
	c.Stdin.Close()
	return dropGrace
}

// Hear counts a mark. With the first Ready the login is over.
func (c *Conn) Hear(m Mark) {
	if m.Kind == remote.Ready {
		c.slot.Done(admission.Succeeded)
		if !c.IsReady() && c.options.Persist > 0 && c.process != nil {
			// What else is in ssh's group belongs to the master that it has left.
			c.process.LeaveGroup()
			c.guard.LeaveGroup()
		}
	}
	if m.Kind == remote.Took {
		c.Stdin.took()
	}
	c.hearPassword(m.Kind)
	c.hear(m)
	if m.Kind == remote.Ready && c.AllReady() && c.pulse != nil {
		c.pulse.next()
	}
}

// Pulse delivers when Silent must be called, while the command may run; nil: ssh notices itself
// that a host has fallen silent.
func (c *Conn) Pulse() <-chan time.Time {
	if c.pulse == nil {
		return nil
	}
	return c.pulse.timer.C
}

// Silent returns why the host is given up, or "". It asks one that was silent for a sign of life.
func (c *Conn) Silent() (why string) {
	p := c.pulse
	if p.timer.Credit() {
		return ""
	}
	p.look()
	if c.Stdin.sending.Load() {
		p.silent = 0 // a long command is still on its way
	}
	if p.silent >= silentLooks {
		return fmt.Sprintf("nothing was heard from it for %s (--lost-after)", p.limit)
	}
	if p.silent > 0 && p.asks {
		c.Stdin.ping()
	}
	p.next()
	return ""
}

// MuxRefused reports whether nothing was begun because the master of a kept connection has
// opened no session: an ssh finds out why, or connects by itself.
func (c *Conn) MuxRefused() bool {
	s, ok := c.client.(muxSession)
	return ok && !c.IsReady() && s.Declined()
}

// An Exit is how a session ended.
type Exit struct {
	Client string // its name, unless it is ssh
	Status proc.Status
	Log    remote.Log // what ssh said
	// Noise is the last line that the login printed on standard output and on standard error.
	Noise  [2]string
	Output bool // something was printed that is no noise
	// Words is what ssh and the login printed besides the command's output, where Options.Words
	// asks for it: standard output where there is any, else standard error.
	Words string
}

// Finish reads what is left, closes the input, and waits for the end of ssh. It hears each mark that
// was not received from Marks.
func (c *Conn) Finish() Exit {
	c.limit.Stop()
	if c.pulse != nil {
		c.pulse.timer.Stop()
	}
	byItself := c.steps == nil
	c.finishReaders()
	c.passwords.Close()
	c.Stdin.Close()
	if c.process != nil {
		c.sweeper.Remove(c.guard)
	}
	exit := Exit{Client: c.name, Status: c.Wait()}
	for i, rd := range c.readers {
		exit.Noise[i] = lastLine(rd.noise)
		exit.Output = exit.Output || rd.any.Load()
	}
	exit.Log, exit.Words = c.readLog()
	c.passwords.Conclude(byItself, c.options.Raw && (exit.Output || exit.Status.Code != event.CodeLost))
	if exit.Log.Reason == "" && exit.Status.Code == event.CodeLost && masterGone(c.socket) {
		exit.Log.Reason = goneReason
	}
	return exit
}

// readLog returns what the client said. That of a transport without a log is among what came
// before the agent answered.
func (c *Conn) readLog() (log remote.Log, words string) {
	if c.pulse == nil {
		return c.readSSHLog()
	}
	noise := c.readers[1].noise
	if c.options.Words {
		words = c.words(nil, noise)
	}
	if !c.IsReady() {
		log.Reason = cmp.Or(remote.ClientReason(noise), remote.ClientReason(c.readers[0].noise))
	}
	return log, words
}

// readSSHLog reads what ssh said, and removes its log. Where the command never began, all on
// standard error was said by ssh or the login.
func (c *Conn) readSSHLog() (log remote.Log, words string) {
	text, err := readEnds(c.log)
	if err == nil {
		_ = os.Remove(c.log) // the directory goes anyway
	}
	stderr := c.readers[1]
	rest := stderr.own
	if !stderr.framer.Begun() {
		rest = append(stderr.noise, rest...)
	}
	if c.options.Verbose {
		for _, b := range [][]byte{remote.Untag(text), remote.Untag(stderr.own)} {
			if len(b) > 0 {
				stderr.emit(event.Event{Kind: event.Note, Host: c.rank, Data: b})
			}
		}
	}
	if c.options.Words {
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

// finishReaders finishes both, and hears the marks that their supervisor has not received. (A
// hostile host sends any number of them, and its readers wait until they are received.)
func (c *Conn) finishReaders() {
	go func() {
		defer close(c.Marks)
		for _, rd := range c.readers {
			rd.finish()
		}
	}()
	for m := range c.Marks {
		c.Hear(m)
	}
}
