package runner

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/remote"
	"clsh/runner/stall"
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
	sink   event.Sink
	opened []Opened
	run    *taskRun // whose sink that is, or nil
	// words is how much output is still passed on; negative: all of it.
	words int

	slot  *admission.Slot
	bound int // of logins in flight, when it was refused

	began   time.Time
	ssh     *launched
	alone   bool // no passenger: one was declined
	input   *os.File
	readers [2]*reader
	notes   chan note
	phase   keptPhase
	limit   *stall.Timer
	ready   bool // some stream has said ready
	begun   bool // a shell has said begin
	late    bool // the host did not answer within its limit
	begins  int  // streams that have said so, since the shell was opened
	ends    int
	gones   int
	cleared int
	left    bool
	running string // remote.Mark.Running of the stop
	status  int
	task    *task
	start   time.Time     // of the task
	verdict event.Outcome // of a task that was stopped
	why     string        // for a loss that was decided here
	killing bool          // the shell was killed
	untold  bool          // the listener does not know that the command has ended
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
func (k *kept) connect() event.Result {
	retry := admission.NewRetry(k.s.cfg.Retry, k.s.cfg.RetryFor)
	for {
		select {
		case k.s.places <- struct{}{}:
		case <-k.leavec:
			return event.Result{Outcome: event.NotStarted}
		}
		result, away := k.attempt(retry.Attempt())
		result.Attempts = retry.Attempt() + 1
		if k.declined() {
			k.alone = true
			continue
		}
		if !away {
			return result
		}
		pause, again := retry.Next(time.Since(k.began))
		if !again {
			return result
		}
		if k.s.notes {
			k.emit(event.Event{Kind: event.Note, Host: k.rank, Data: retryNote(retry, pause, k.bound)})
		}
		if !admission.Sleep(pause, k.leavec) {
			return event.Result{Outcome: event.NotStarted}
		}
	}
}

// attempt runs one session. It has a place to connect, which is given back when
// the shell is there, or the session over. away tells that the host turned it
// away.
func (k *kept) attempt(number int) (result event.Result, away bool) {
	placed := true
	unplace := func() {
		if placed {
			placed = false
			<-k.s.places
		}
	}
	defer unplace()
	if k.slot = k.s.admission.Acquire(number, k.leavec); k.slot == nil {
		return event.Result{Outcome: event.NotStarted}, false
	}
	defer k.slot.Done(admission.Failed)
	if err := k.open(); err != nil {
		return event.Result{Outcome: event.Unreachable, Code: event.CodeLost, Refused: true, Reason: err.Error()}, false
	}
	k.supervise(unplace)
	finishReaders(k.readers, k.notes, k.heardLate)
	_ = k.input.Close()
	status := k.s.wait(k.ssh)
	said := k.s.said(k.ssh.log, k.readers[1], k.emit)
	if said.Reason == "" && status.Code == event.CodeLost && masterGone(k.ssh.socket) {
		said.Reason = goneReason
	}
	if k.task != nil && k.phase == keptRunning && k.ends >= 2 {
		k.finish(k.result())
	}
	result = k.lost(status, said)
	if away = result.Outcome == event.Unreachable && said.TurnedAway; away {
		k.bound = k.slot.Done(admission.Refused)
	}
	return result, away
}

// declined tells that the session that has ended was never opened, for want of
// one on a connection that is kept.
func (k *kept) declined() bool {
	return k.ssh != nil && !k.ready && k.phase == keptConnecting && k.ssh.declined()
}

// open starts ssh and the readers.
func (k *kept) open() error {
	k.began, k.ready, k.begun, k.begins, k.phase = time.Now(), false, false, 0, keptConnecting
	command := remote.Shell{
		Nonce: k.s.nonce, NoLogin: k.s.cfg.NoLogin, Grace: k.s.cfg.KillAfter,
		Name: k.host.Name, Rank: k.rank, Count: k.count,
	}.Command()
	ssh, err := k.s.launch(&k.s.cfg, k.slot, k.rank, command, k.alone)
	if err != nil {
		return err
	}
	k.ssh, k.input = ssh, ssh.stdin
	if ssh.unkept && !k.s.cfg.Quiet {
		k.emit(unkeptNote(k.rank))
	}
	for i, file := range []*os.File{ssh.stdout, ssh.stderr} {
		k.readers[i] = newReader(k.rank, event.Stdout+event.Stream(i), file, remote.NewShellFramer(k.s.nonce), k.s.ground, k.emit, k.notes)
		k.readers[i].start()
	}
	return nil
}

// supervise takes the session to the end of ssh.
func (k *kept) supervise(connected func()) {
	k.limit = stall.NewTimer(k.s.stalls)
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
		case <-k.ssh.Exited():
			return
		case n := <-k.notes:
			k.heard(n)
		case <-k.limit.C:
			k.expired()
		case t := <-tasks:
			k.take(t)
			k.begin()
		case <-stopc:
			k.stop(event.Stopped)
		case <-leavec:
			leavec = nil
			k.close()
		case <-killc:
			killc = nil
			k.phase = keptDropping
			_ = k.ssh.Signal(syscall.SIGKILL)
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
		k.begun = true
		if k.untold {
			d = idleAfter
		}
		k.setState(ShellReady)
	case keptRunning:
		d = k.task.Timeout
		k.setState(ShellRunning)
	case keptHalting:
		d = k.s.cfg.KillAfter*3/2 + stopAnswer
	case keptClosing:
		d = closeGrace
	case keptDropping:
		d = dropGrace
	}
	k.limit.Reset(d)
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
