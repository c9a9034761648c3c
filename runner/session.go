package runner

import (
	"fmt"
	"syscall"
	"time"

	"clsh/runner/admission"
	"clsh/runner/conn"
	"clsh/runner/conn/passwords"
	"clsh/runner/event"
	"clsh/runner/remote"
)

// A phase is where a session stands; doc.go lists them.
type phase uint8

const (
	connecting phase = iota
	beginning        // the command was handed to its login shell
	running
	halting // the agent was asked to stop the command
	ending  // ssh has a moment to exit by itself, or is ended
)

// Times that are no option: how long ssh may take to exit by itself once the command's end is
// known (it does not when a daemon holds the session's pipe), and what the agent may take to
// answer a stop, over its own grace, half of that again for freezing, and the 3 s that it waits
// for the last ones; a busy host needs the rest for its looks.
const (
	closeGrace = 300 * time.Millisecond
	stopAnswer = 8 * time.Second
)

// A session is one attempt on one host. Its fields belong to the supervisor, the goroutine
// that calls attempt.
type session struct {
	r    *Runner
	rank int

	began   time.Time
	conn    *conn.Conn
	phase   phase
	sent    bool           // the command was handed over
	ended   time.Time      // when the last of its end's marks came
	verdict event.Outcome  // Timeout, Lost, Unreachable or Stopped, where that was decided here
	why     string         // for Lost and Unreachable decided here
	late    bool           // the host did not answer within its limit
	overall bool           // the limit is Config.LostAfterStart's
	signal  syscall.Signal // what the command, and then ssh, gets first when it is stopped
}

// host runs rank's command, again where it was refused. A slot for the first attempt was
// acquired; nil: the host is not to be started.
func (r *Runner) host(rank int, slot *admission.Slot) event.Result {
	first := true
	login := conn.Login{
		Rank: rank, Retries: r.cfg.Retry, Within: r.cfg.RetryFor, Stop: r.drainc,
		Acquire: func(attempt int) *admission.Slot {
			if first {
				first = false
				return slot
			}
			return r.acquire(attempt)
		},
		Try: func(slot *admission.Slot, noMux bool) (event.Result, conn.Refusal) {
			s := &session{r: r, rank: rank, signal: syscall.SIGTERM, began: time.Now()}
			return s.attempt(slot, noMux)
		},
	}
	if r.cfg.Verbose {
		login.Emit = r.emit
	}
	return login.Run()
}

// attempt runs one session.
func (s *session) attempt(slot *admission.Slot, noMux bool) (event.Result, conn.Refusal) {
	if err := s.start(slot, noMux); err != nil {
		return conn.NotDialed(err), conn.Final
	}
	s.supervise()
	exit := s.conn.Finish()
	if s.verdict == 0 && s.conn.MuxRefused() {
		return event.Result{}, conn.MuxRefused
	}
	if s.ended.IsZero() {
		s.ended = time.Now()
	}
	end := conn.Ending{
		Decided: s.verdict, Why: s.why, Late: s.late, Overall: s.r.cfg.LostAfterStart > 0, Raw: s.r.cfg.Raw, Sent: s.sent, NoLogin: s.r.cfg.NoLogin,
		Become: s.r.cfg.Become, WordSent: s.conn.WordSent(), Progress: s.conn.Progress, Exit: exit,
	}
	result := end.Outcome()
	result.Duration = s.ended.Sub(s.began)
	result.NewKey = s.conn.NewKey(exit)
	if result.Outcome == event.Unreachable && exit.Log.TurnedAway && !s.r.cfg.Raw && !end.WordSent {
		return result, conn.Refused
	}
	return result, conn.Final
}

// start starts ssh and the readers.
func (s *session) start(slot *admission.Slot, noMux bool) (err error) {
	framer := func() *remote.Framer { return remote.NewFramer(s.r.dialer.Nonce()) }
	if s.r.cfg.Raw {
		framer = remote.NewRawFramer
		s.announce() // ssh gets the command with its start
	}
	s.conn, err = s.r.dialer.Dial(conn.Session{
		Rank: s.rank, Slot: slot, Start: s.r.start, Framer: framer, Emit: s.r.emit, NoMux: noMux,
	})
	if err != nil {
		return err
	}
	if s.r.cfg.Raw {
		slot.Done(admission.Failed) // nobody says when it is over
		s.phase = running
		s.conn.Stdin.Feed()
	}
	s.conn.Start()
	return nil
}

// supervise takes the session from connecting to the end of ssh.
func (s *session) supervise() {
	s.setPhase(s.phase)
	stopc, killc := s.r.stopc, s.r.killc
	ownc, forget := s.r.stoppable(s.rank)
	defer forget()
	for {
		var pulse <-chan time.Time
		if s.phase <= running {
			pulse = s.conn.Pulse()
		}
		select {
		case <-s.conn.Exited():
			return
		case m := <-s.conn.Marks:
			s.onMark(m)
		case step := <-s.conn.Steps():
			s.onStep(step)
		case <-s.conn.Limit():
			if s.conn.Expired() {
				s.expired()
			}
		case <-pulse:
			s.listen()
		case <-stopc:
			stopc = nil
			s.stop(event.Stopped)
		case <-ownc:
			ownc = nil
			s.stop(event.Stopped)
		case <-killc:
			killc = nil
			s.kill()
		}
	}
}

// setPhase enters a phase and sets its limit.
func (s *session) setPhase(p phase) {
	s.phase = p
	var d time.Duration
	switch p {
	case connecting:
		d = s.r.cfg.ReadyTimeout
	case beginning:
		d, _ = s.r.cfg.beginLimit()
	case running:
		d = s.r.cfg.Timeout
	case halting:
		d = s.r.cfg.KillAfter*3/2 + stopAnswer
	}
	s.conn.SetLimit(s.withinOverall(d))
}

// withinOverall returns the limit of a phase, d, or what is left of LostAfterStart where that is
// less. 0 is no limit.
func (s *session) withinOverall(d time.Duration) time.Duration {
	s.overall = false
	if s.r.cfg.LostAfterStart == 0 || s.phase > running {
		return d
	}
	left := max(s.r.cfg.LostAfterStart-time.Since(s.began), 1)
	if d > 0 && d <= left {
		return d
	}
	s.overall = true
	return left
}

// end gives ssh the grace to exit, then ends it. On the host the agent sees the connection
// go; ssh would exit at once, so a stop is not passed to it before the host has confirmed it
// or the grace is over.
func (s *session) end(grace time.Duration) {
	s.phase = ending
	s.conn.End(grace, s.signal)
}

// onMark acts on a line of the agent.
func (s *session) onMark(m conn.Mark) {
	s.conn.Hear(m)
	switch {
	case m.Kind == remote.Ready && s.phase == connecting && s.conn.AllReady():
		name, rank, count := s.r.granted.place(s.rank)
		s.announce()
		s.conn.Stdin.Request(remote.Request(name, rank, count, s.r.cfg.Command))
		s.setPhase(beginning)
	case m.Kind == remote.Begin && s.phase == beginning && s.conn.AllBegun():
		s.setPhase(running)
		s.conn.Stdin.Feed()
		if s.r.cfg.TTY {
			s.conn.Stdin.EndOfFile()
		}
	case m.Kind == remote.Again && s.phase == running:
		s.setPhase(beginning)
	case m.Kind == remote.End && s.phase <= halting && s.conn.AllEnded():
		s.ended = time.Now()
		if s.verdict == 0 && s.conn.EndMark.Status != 0 {
			s.r.fail(s.rank) // ssh may take a while to exit
		}
		s.end(closeGrace)
	}
}

// onStep acts on what happens with a password: time that it waits for others is not the host's.
func (s *session) onStep(step passwords.Step) {
	switch {
	case s.phase != connecting && !s.r.cfg.Raw, s.phase > running:
	case step.Waiting:
		s.conn.SetLimit(0)
	case step.Err == nil:
		s.setPhase(s.phase)
	default:
		s.verdict, s.why = event.Unreachable, step.Err.Error()
		if step.NotTried {
			s.verdict = event.NotStarted
		}
		s.end(0)
	}
}

// announce reports that the command is about to be handed over: before its first byte, so that a
// record of the run never lacks a host where it may have begun.
func (s *session) announce() {
	s.sent = true
	s.r.emit(event.Event{Kind: event.Started, Host: s.rank})
}

// beginLimit returns how long the login shell may take to begin the command, and the option
// that says so.
func (c *Config) beginLimit() (d time.Duration, option string) {
	if c.Timeout > 0 && (c.Timeout < c.ReadyTimeout || c.ReadyTimeout == 0) {
		return c.Timeout, "--timeout"
	}
	return c.ReadyTimeout, "--ready-timeout"
}

// expired acts on the end of a limit.
func (s *session) expired() {
	switch {
	case s.overall:
		s.why = fmt.Sprintf("not ended %s after the start of ssh", s.r.cfg.LostAfterStart)
		s.stop(event.Lost)
	case s.phase == connecting:
		s.verdict, s.late = event.Unreachable, true
		s.why = fmt.Sprintf("no answer from its shell within %s (--ready-timeout)", s.r.cfg.ReadyTimeout)
		s.end(0)
	case s.phase == beginning:
		d, option := s.r.cfg.beginLimit()
		s.late = true
		s.why = fmt.Sprintf("its login shell did not begin the command within %s (%s)%s", d, option, conn.ProfileHint(s.r.cfg.NoLogin))
		s.stop(event.Unreachable)
	case s.phase == running:
		s.r.fail(s.rank) // the command may take a while to end
		s.stop(event.Timeout)
	default:
		s.end(0)
	}
}

// listen gives the host up where it is silent.
func (s *session) listen() {
	if why := s.conn.Silent(); why != "" {
		s.verdict, s.why, s.late = event.Lost, why, true
		s.end(0)
	}
}

// stop stops the command, for the reason that becomes its outcome.
func (s *session) stop(verdict event.Outcome) {
	if s.phase > running {
		return
	}
	s.verdict = verdict
	if verdict == event.Stopped {
		s.signal = s.r.stopSignal()
	}
	if s.phase == connecting || s.r.cfg.Raw || !s.conn.Stdin.Stop(s.signal) {
		s.end(0)
		return
	}
	s.setPhase(halting)
}

// kill ends ssh at once.
func (s *session) kill() {
	if s.phase <= running {
		s.verdict = event.Stopped
	}
	s.phase = ending
	s.conn.Kill()
}
