package runner

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/remote"
	"clsh/runner/stall"
)

// A phase is where a session stands; doc.go lists them.
type phase uint8

const (
	connecting phase = iota
	beginning        // the command was handed to its login shell
	running
	halting
	closing
	dropping
)

// Times that are no option: how long ssh may take to go by itself once the
// command's end is known (it does not when a daemon holds the session's pipe),
// and then between TERM and KILL; what the agent may take to answer a stop,
// over its own grace, half of that again for freezing, and the 3 s that it waits
// for the last ones; a busy host needs the rest for its looks.
const (
	closeGrace = 300 * time.Millisecond
	dropGrace  = 500 * time.Millisecond
	stopAnswer = 8 * time.Second
)

// maxMarks is how many lines of the agent a stream can have, so that a reader
// never waits for its supervisor. A host that sends more of them is hostile.
const maxMarks = 4

// note is what a reader tells its supervisor.
type note struct {
	stream event.Stream
	mark   remote.Mark
}

// A session is one attempt on one host. Its fields belong to the supervisor,
// the goroutine that calls run, but for what the readers own.
type session struct {
	r    *Runner
	rank int
	host hosts.Host

	slot *admission.Slot

	began   time.Time
	ssh     *launched
	alone   bool // no passenger
	input   *inputEnd
	readers [2]*reader
	notes   chan note

	phase   phase
	sent    bool           // the command was handed over
	ready   int            // streams that have said ready
	begins  int            // streams that have said begin
	ends    int            // streams that have said end
	end     *remote.Mark   // the first of them
	ended   time.Time      // when the last of them came
	limit   *stall.Timer   // of this phase
	verdict event.Outcome  // Timeout, Lost, Unreachable or Stopped, where that was decided here
	why     string         // for Lost and Unreachable decided here
	late    bool           // the host did not answer within its limit
	overall bool           // limit is Config.LostAfterStart's
	words   string         // with Config.LostAfterStart: event.Result's Words
	signal  syscall.Signal // what the command, and then ssh, gets first when it is stopped
}

// streams is how many streams the agent answers on: a terminal has one.
func (s *session) streams() int {
	if s.r.cfg.TTY {
		return 1
	}
	return 2
}

// host runs rank's command, again where it was refused. What clsh has ended
// between two attempts was never started.
func (r *Runner) host(rank int, slot *admission.Slot) event.Result {
	retry, alone := admission.NewRetry(r.cfg.Retry, r.cfg.RetryFor), false
	for slot != nil {
		s := &session{r: r, rank: rank, host: r.cfg.Hosts[rank], slot: slot, alone: alone, signal: syscall.SIGTERM, began: time.Now(), notes: make(chan note, 2*maxMarks)}
		result, away := s.attempt()
		if s.declined() {
			alone = true
			slot = r.admission.Acquire(retry.Attempt(), r.drainc)
			continue
		}
		result.Attempts = retry.Attempt() + 1
		if !away {
			slot.Done(admission.Failed)
			return result
		}
		bound := slot.Done(admission.Refused)
		pause, again := retry.Next(time.Since(s.began))
		if !again {
			return result
		}
		if r.notes {
			r.emit(event.Event{Kind: event.Note, Host: rank, Data: retryNote(retry, pause, bound)})
		}
		slot = nil
		if admission.Sleep(pause, r.drainc) {
			slot = r.admission.Acquire(retry.Attempt(), r.drainc)
		}
	}
	return event.Result{Outcome: event.NotStarted, Attempts: retry.Attempt()}
}

// attempt runs one session. away tells that the host turned it away before
// anything had begun.
func (s *session) attempt() (result event.Result, away bool) {
	if err := s.start(); err != nil {
		return event.Result{Outcome: event.Unreachable, Code: event.CodeLost, Refused: true, Reason: err.Error()}, false
	}
	s.supervise()
	for _, rd := range s.readers {
		rd.finish()
	}
	s.heardLate()
	s.input.close()
	status := s.r.wait(s.ssh)
	said := s.said(s.ssh.log)
	if said.Reason == "" && status.Code == event.CodeLost && masterGone(s.ssh.socket) {
		said.Reason = goneReason
	}
	result = s.result(status, said)
	result.NewKey = s.r.cfg.newKey(s.host, said)
	s.setRefused(&result, status, said)
	return result, result.Outcome == event.Unreachable && said.TurnedAway && !s.r.cfg.Raw
}

// declined tells that nothing was begun, for want of a session on a connection
// that is kept.
func (s *session) declined() bool {
	return s.ssh != nil && s.ready == 0 && s.verdict == 0 && s.ssh.declined()
}

// start starts ssh and the readers.
func (s *session) start() error {
	ssh, err := s.r.launch(&s.r.cfg, s.slot, s.rank, s.r.agent, s.alone)
	if err != nil {
		return err
	}
	s.ssh = ssh
	if ssh.unkept && !s.r.cfg.Quiet {
		s.r.emit(unkeptNote(s.rank))
	}
	s.input = &inputEnd{file: ssh.stdin, tty: s.r.cfg.TTY, raw: s.r.cfg.Raw, data: s.r.cfg.Input}
	for i, file := range []*os.File{ssh.stdout, ssh.stderr} {
		framer := remote.NewFramer(s.r.nonce)
		if s.r.cfg.Raw {
			framer = remote.NewRawFramer()
		}
		s.readers[i] = newReader(s.rank, event.Stdout+event.Stream(i), file, framer, s.r.ground, s.r.emit, s.notes)
	}
	if s.r.cfg.Raw {
		s.slot.Done(admission.Failed) // nobody says when it is over
		s.begin(nil)
		s.phase = running
		s.input.feed()
	}
	for _, rd := range s.readers {
		rd.start()
	}
	return nil
}

// supervise takes the session from connecting to the end of ssh.
func (s *session) supervise() {
	s.limit = stall.NewTimer(s.r.stalls)
	defer s.limit.Stop()
	s.setPhase(s.phase)
	stopc, killc := s.r.stopc, s.r.killc
	for {
		select {
		case <-s.ssh.Exited():
			return
		case n := <-s.notes:
			s.heard(n)
		case <-s.limit.C:
			s.expired()
		case <-stopc:
			stopc = nil
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
	case closing:
		d = closeGrace
	case dropping:
		d = dropGrace
	}
	s.limit.Reset(s.withinOverall(d))
}

// heard acts on a line of the agent.
func (s *session) heard(n note) {
	switch n.mark.Kind {
	case remote.Ready:
		s.ready++
		s.slot.Done(admission.Succeeded)
		if s.ready == 1 {
			s.r.answered(s.ssh)
		}
		if s.ready == s.streams() && s.phase == connecting {
			s.begin(remote.Request(s.host.Name, s.rank, len(s.r.cfg.Hosts), s.r.cfg.Command))
			s.setPhase(beginning)
		}
	case remote.Begin:
		s.begins++
		if s.begins == s.streams() && s.phase == beginning {
			s.setPhase(running)
			s.input.feed()
			if s.r.cfg.TTY {
				s.input.endOfFile()
			}
		}
	case remote.End:
		s.ends++
		if s.end == nil {
			s.end = &n.mark
		}
		if s.ends == s.streams() && s.phase <= halting {
			s.ended = time.Now()
			s.setPhase(closing)
		}
	}
}

// heardLate counts the ends that came together with the end of ssh.
func (s *session) heardLate() {
	for {
		select {
		case n := <-s.notes:
			switch n.mark.Kind {
			case remote.Begin:
				s.begins++
			case remote.End:
				s.heard(n)
			}
		default:
			return
		}
	}
}

// begin hands the command over.
func (s *session) begin(request []byte) {
	s.sent = true
	s.r.emit(event.Event{Kind: event.Started, Host: s.rank})
	s.input.request(request)
}

// expired acts on the end of a limit, unless this process was late itself.
func (s *session) expired() {
	if s.limit.Credit() {
		return
	}
	switch {
	case s.overall:
		s.why = fmt.Sprintf("not ended %s after the start of ssh", s.r.cfg.LostAfterStart)
		s.stop(event.Lost)
	case s.phase == connecting:
		s.verdict, s.late = event.Unreachable, true
		s.why = fmt.Sprintf("no answer from its shell within %s (--ready-timeout)", s.r.cfg.ReadyTimeout)
		s.drop()
	case s.phase == beginning:
		d, option := s.r.cfg.beginLimit()
		s.late = true
		s.why = fmt.Sprintf("its login shell did not begin the command within %s (%s)%s", d, option, s.r.cfg.profileHint())
		s.stop(event.Unreachable)
	case s.phase == running:
		s.stop(event.Timeout)
	case s.phase == dropping && s.signal != syscall.SIGTERM:
		s.signal = syscall.SIGTERM
		s.drop()
	case s.phase == dropping:
		_ = s.ssh.Signal(syscall.SIGKILL)
	default:
		s.drop()
	}
}

// stop ends the command, for the reason that becomes its outcome.
func (s *session) stop(verdict event.Outcome) {
	if s.phase > running {
		return
	}
	s.verdict = verdict
	if verdict == event.Stopped {
		s.signal = s.r.stopSignal()
	}
	if s.phase == connecting || s.r.cfg.Raw || !s.input.stop(s.signal) {
		s.drop()
		return
	}
	s.setPhase(halting)
}

// kill ends ssh at once.
func (s *session) kill() {
	if s.phase <= running {
		s.verdict = event.Stopped
	}
	s.phase = dropping
	_ = s.ssh.Signal(syscall.SIGKILL)
}

// drop stops ssh and what it has started. On the host the agent sees the
// connection go; ssh would end at once, so a stop is not passed to it before the
// host has confirmed it or the grace is over.
func (s *session) drop() {
	_ = s.ssh.Signal(s.signal)
	s.setPhase(dropping)
}
