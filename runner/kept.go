package runner

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/proc"
	"clsh/runner/remote"
)

// A keptPhase is where a kept session stands.
type keptPhase uint8

const (
	keptConnecting keptPhase = iota // until the shell has said begin
	keptIdle                        // a command may come
	keptRunning
	keptHalting // the command was asked to end
	keptClosing // our end of the input is closed
	keptDropping
)

// Times of a kept session that are no option.
const (
	// idleAfter is when the listener is told that a command's end was
	// read: not at once, for the next command may come first.
	idleAfter = 50 * time.Millisecond
	// abandonGrace is how long the shell may take to give a line up when
	// all that the line has started is gone.
	abandonGrace = time.Second
	// lastWords is how much output is passed on of a command that was
	// stopped. What a flood has left in ssh's buffers, megabytes, is not
	// waited for.
	lastWords = 16 << 10
	// requestWrite is how long a request may take to be written.
	requestWrite = 5 * time.Second
)

// A kept is one host's session. Its fields belong to its supervisor, the
// goroutine of live, but for those that say otherwise.
type kept struct {
	s     *Shells
	rank  int
	host  hosts.Host
	count int

	state   atomic.Int32 // ShellState
	tasks   chan *task
	leavec  chan struct{}
	leaving sync.Once

	// Guarded by Shells.sinkMu.
	sink   Sink
	opened []Opened
	run    *taskRun // whose sink that is, or nil
	// words is how much output is still passed on; negative: all of it.
	words int

	began   time.Time
	proc    *proc.Process
	input   *os.File
	readers [2]*reader
	notes   chan note
	phase   keptPhase
	limit   *time.Timer
	set     time.Duration
	late    time.Duration
	ready   bool // some stream has said ready
	begins  int  // streams that have said so, since the shell was opened
	ends    int
	gones   int
	cleared int
	left    bool
	status  int
	task    *task
	start   time.Time // of the task
	verdict Outcome   // of a task that was stopped
	why     string    // for a loss that was decided here
	killing bool      // the shell was killed
	untold  bool      // the listener does not know that the command has ended
}

func (k *kept) leave() { k.leaving.Do(func() { close(k.leavec) }) }

func (k *kept) setState(s ShellState) { k.state.Store(int32(s)) }

// live takes a host from its first connection to the end, and then answers for
// it: every command is told that it is lost.
func (k *kept) live() {
	result := k.connect()
	k.setState(ShellLost)
	if k.task != nil {
		k.finish(result)
	}
	for {
		select {
		case t := <-k.tasks:
			k.take(t)
			k.finish(result)
		case <-k.leavec:
			return
		}
	}
}

// connect runs the session, again where the host turned it away, and returns how
// it ended.
func (k *kept) connect() Result {
	first := time.Now()
	for attempt := 0; ; attempt++ {
		select {
		case k.s.places <- struct{}{}:
		case <-k.leavec:
			return Result{Outcome: NotStarted}
		}
		result, again := k.attempt()
		if !again || attempt >= k.s.cfg.Retry {
			return result
		}
		pause := retryPause(attempt)
		if k.s.cfg.RetryFor > 0 && time.Since(first)+pause > k.s.cfg.RetryFor || !k.pause(pause) {
			return result
		}
	}
}

func (k *kept) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-k.leavec:
		return false
	}
}

// attempt runs one session. It has a place to connect, which is given back when
// the shell is there, or the session over.
func (k *kept) attempt() (result Result, again bool) {
	placed := true
	unplace := func() {
		if placed {
			placed = false
			<-k.s.places
		}
	}
	defer unplace()
	log, err := k.open()
	if err != nil {
		return Result{Outcome: Unreachable, Code: CodeLost, Reason: err.Error()}, false
	}
	slot := k.s.sweeper.Add(k.proc)
	k.supervise(unplace)
	for _, rd := range k.readers {
		rd.finish()
	}
	k.s.sweeper.Remove(slot)
	_ = k.input.Close()
	status := k.proc.Wait()
	said := k.s.said(log, k.readers[1], !k.ready, k.emit)
	result = k.lost(status, said)
	return result, result.Outcome == Unreachable && said.TurnedAway
}

// open starts ssh and the readers.
func (k *kept) open() (log string, err error) {
	k.began, k.ready, k.begins, k.phase = time.Now(), false, 0, keptConnecting
	pipes, err := k.s.cfg.newPipes()
	if err != nil {
		return "", err
	}
	command := remote.Shell{
		Nonce: k.s.nonce, NoLogin: k.s.cfg.NoLogin, Grace: k.s.cfg.KillAfter,
		Name: k.host.Name, Rank: k.rank, Count: k.count,
	}.Command()
	k.s.turns <- struct{}{}
	k.proc, log, err = k.s.launch(k.rank, command, pipes)
	<-k.s.turns
	if err != nil {
		return "", err
	}
	k.input = pipes.stdin
	for i, file := range []*os.File{pipes.stdout, pipes.stderr} {
		k.readers[i] = newReader(k.rank, Stdout+Stream(i), file, remote.NewShellFramer(k.s.nonce), k.s.ground, k.emit, k.notes)
		k.readers[i].start()
	}
	return log, nil
}

// supervise takes the session to the end of ssh.
func (k *kept) supervise(connected func()) {
	k.limit = time.NewTimer(0)
	<-k.limit.C
	defer k.limit.Stop()
	k.setPhase(k.phase)
	killc, leavec := k.s.killc, k.leavec
	for {
		var tasks chan *task
		var stopc chan struct{}
		switch k.phase {
		case keptIdle:
			connected()
			tasks = k.tasks
		case keptRunning:
			stopc = k.task.stopc
		}
		select {
		case <-k.proc.Exited():
			return
		case n := <-k.notes:
			k.heard(n)
		case <-k.limit.C:
			k.expired()
		case t := <-tasks:
			k.take(t)
			k.begin()
		case <-stopc:
			k.stop(Stopped)
		case <-leavec:
			leavec = nil
			k.close()
		case <-killc:
			killc = nil
			k.phase = keptDropping
			_ = k.proc.Signal(syscall.SIGKILL)
		}
	}
}

// setPhase enters a phase and sets its limit.
func (k *kept) setPhase(p keptPhase) {
	k.phase = p
	var d time.Duration
	switch p {
	case keptConnecting:
		d = k.s.cfg.ReadyTimeout
		k.setState(ShellConnecting)
	case keptIdle:
		if k.untold {
			d = idleAfter
		}
		k.setState(ShellReady)
	case keptRunning:
		d = k.task.Timeout
		k.setState(ShellRunning)
	case keptHalting:
		d = k.s.cfg.KillAfter + stopAnswer
	case keptClosing:
		d = closeGrace
	case keptDropping:
		d = dropGrace
	}
	k.setLimit(d)
}

func (k *kept) setLimit(d time.Duration) {
	k.limit.Stop()
	k.set, k.late = d, k.s.pulse.lateness()
	if d > 0 {
		k.limit.Reset(d)
	}
}

// write sends a request. Where that fails the session is of no more use.
func (k *kept) write(request []byte) {
	_ = k.input.SetWriteDeadline(time.Now().Add(requestWrite))
	if _, err := k.input.Write(request); err != nil && k.phase < keptClosing {
		if k.why == "" && os.IsTimeout(err) {
			k.why = fmt.Sprintf("nothing was read from us for %s", requestWrite)
		}
		k.drop()
	}
}

// take makes t the host's task: from now on output is the task's.
func (k *kept) take(t *task) {
	k.task, k.start, k.verdict = t, time.Now(), 0
	k.s.sinkMu.Lock()
	defer k.s.sinkMu.Unlock()
	k.sink, k.run, k.words = t.Sink, t.taskRun, -1
}

func (k *kept) begin() {
	k.emit(Event{Kind: Started, Host: k.rank})
	k.ends, k.gones, k.cleared, k.left, k.killing = 0, 0, 0, false, false
	k.setPhase(keptRunning)
	k.write(k.task.request)
}

// finish ends the host's task.
func (k *kept) finish(result Result) {
	t := k.task
	k.task = nil
	result.Duration = time.Since(k.start)
	k.s.sinkMu.Lock()
	k.run, k.words = nil, -1
	k.s.sinkMu.Unlock()
	k.s.end(k, t.taskRun, result)
	close(t.done)
}

// emit passes an event on, to the task that runs or beside it.
func (k *kept) emit(e Event) {
	k.s.sinkMu.Lock()
	defer k.s.sinkMu.Unlock()
	if e.Kind == Output && k.words >= 0 {
		if len(e.Data) > k.words {
			k.words = 0
			return
		}
		k.words -= len(e.Data)
	}
	e.Time = time.Now()
	if err := k.sink.Event(e); err != nil && k.run != nil {
		k.run.fail(err)
	}
}

// heard acts on a line of the far end.
func (k *kept) heard(n note) {
	switch n.mark.Kind {
	case remote.Ready:
		k.ready = true
	case remote.Begin:
		k.begins++
		if k.begins == 2 && k.phase == keptConnecting {
			k.write(remote.ShellPID(n.mark.Status))
			k.setPhase(keptIdle)
		}
	case remote.End:
		k.ends++
		k.status = n.mark.Status
		k.settle()
	case remote.Gone:
		k.gones++
		k.status = n.mark.Status
		k.settle()
	case remote.Cleared:
		k.cleared++
		k.left = k.left || n.mark.Left
		k.settle()
	}
}

// settle acts on the end of a command, of the shell, or of a stop.
func (k *kept) settle() {
	over := k.ends >= 2 || k.gones >= 2
	switch {
	case k.phase == keptHalting && k.cleared == 2 && !over && !k.killing:
		k.setLimit(abandonGrace)
		return
	case k.phase == keptHalting && k.cleared < 2 || !over:
		return
	}
	gone := k.gones >= 2
	k.ends, k.gones = 0, 0
	if gone && k.begins < 2 {
		k.why = fmt.Sprintf("its shell ended with status %d before it took a command", k.status)
		k.drop()
		return
	}
	if k.phase > keptHalting {
		return
	}
	if gone {
		k.s.sinkMu.Lock()
		k.opened = append(k.opened, Opened{k.rank, k.status})
		k.s.sinkMu.Unlock()
		k.begins = 0
		k.setPhase(keptConnecting)
		k.write([]byte(remote.ShellOpen))
	} else {
		k.untold = true
		k.setPhase(keptIdle)
	}
	if k.task != nil {
		k.finish(k.result())
	}
}

// result says how the command ended that the far end has told the end of.
func (k *kept) result() Result {
	var r Result
	switch k.verdict {
	case Stopped:
		r.Outcome, r.Confirmed = Stopped, !k.left
	case Timeout:
		r.Outcome, r.Code, r.Confirmed = Timeout, CodeTimeout, !k.left
	default:
		r.exited(k.status)
	}
	return r
}

// expired acts on the end of a limit, unless this process was late itself.
func (k *kept) expired() {
	if late := k.s.pulse.lateness() - k.late; late > 0 {
		k.setLimit(min(late, k.set))
		return
	}
	switch k.phase {
	case keptConnecting:
		k.why = fmt.Sprintf("no answer from its shell within %s (--ready-timeout)", k.s.cfg.ReadyTimeout)
		k.drop()
	case keptIdle:
		k.untold = false
		k.write([]byte(remote.ShellIdle))
	case keptRunning:
		k.stop(Timeout)
	case keptHalting:
		if k.killing {
			k.why = "its shell could not be ended"
			k.drop()
			return
		}
		// What it runs is gone, and it goes on: it is opened anew.
		k.killing = true
		k.write([]byte(remote.ShellKill))
		k.setLimit(stopAnswer)
	case keptClosing:
		k.drop()
	case keptDropping:
		_ = k.proc.Signal(syscall.SIGKILL)
	}
}

// stop ends the command, for the reason that becomes its outcome.
func (k *kept) stop(verdict Outcome) {
	k.verdict = verdict
	k.s.sinkMu.Lock()
	k.words = lastWords
	k.s.sinkMu.Unlock()
	k.setPhase(keptHalting)
	k.write([]byte(remote.ShellStop))
}

// close ends the session in peace: what the shell left in the background stays.
func (k *kept) close() {
	if k.phase >= keptClosing {
		return
	}
	if k.untold {
		k.write([]byte(remote.ShellIdle))
	}
	_ = k.input.Close()
	if k.phase == keptConnecting {
		k.drop()
		return
	}
	k.setPhase(keptClosing)
}

// drop ends ssh. At the far end the listener sees the connection go.
func (k *kept) drop() {
	_ = k.proc.Signal(syscall.SIGTERM)
	k.setPhase(keptDropping)
}

// lost says how the session ended, when ssh has.
func (k *kept) lost(status proc.Status, said remote.Log) Result {
	r := Result{Outcome: Lost, Code: CodeLost, Reason: said.Reason, NewKey: said.NewKey}
	if !k.ready {
		r.Outcome = Unreachable
	}
	switch {
	case k.why != "":
		r.Reason = k.why
	case status.Signal != 0:
		r.Reason = fmt.Sprintf("ssh was ended by signal %d", status.Signal)
	case said.Denied:
		r.Reason += deniedHint
	case said.Reason == "" && !k.ready:
		r.Reason = closedEarly(k.readers, status)
	case said.Reason == "":
		r.Reason = fmt.Sprintf("the session ended with status %d", status.Code)
	}
	return r
}
