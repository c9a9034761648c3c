package shells

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/conn"
	"clsh/runner/event"
	"clsh/runner/remote"
)

// A phase is a session's state.
type phase uint8

const (
	connecting phase = iota // until the shell has said begin
	idle                    // a command may come
	running
	halting // the command was asked to stop
	killing // the shell was killed: what it ran is gone, and it went on
	ending  // our end of the input is closed, or ssh is ended
)

// Times of a session that are no option.
const (
	// idleAfter is when clsh tells the listener that it has read a command's end: not at once,
	// for the next command may come first.
	idleAfter = 50 * time.Millisecond
	// abandonGrace is how long the shell may take to give a line up when all that the line
	// has started is gone.
	abandonGrace = time.Second
	// lastWords is how much output is passed on of a command that was stopped. What a flood
	// has left in ssh's buffers, megabytes, is not waited for.
	lastWords = 16 << 10
	// closeGrace is how long ssh may take to exit by itself when its input has ended.
	closeGrace = 300 * time.Millisecond
	// stopAnswer is how long the host may take to answer a stop, over its grace.
	stopAnswer = 8 * time.Second
)

// unlimited is an output budget that does not run out.
const unlimited = -1

// A shell is one host's session. Its fields belong to its supervisor, the goroutine of serve,
// but for those that say otherwise.
type shell struct {
	set   *common
	rank  int
	host  hosts.Host
	count int

	state   atomic.Int32 // State
	tasks   chan *task
	leavec  chan struct{}
	leaving sync.Once

	// Guarded by common.sinkMu.
	sink     event.Sink
	reopened []Reopened
	current  *run // whose sink that is, or nil
	budget   int  // of output that is still passed on, in bytes; or unlimited

	conn       *conn.Conn
	phase      phase
	begun      bool   // a shell has said begin
	late       bool   // the host did not answer within its limit
	idleUnsent bool   // the listener does not know that the command has ended
	why        string // for a loss that was decided here
	underWay
}

// underWay is the task that a shell runs.
type underWay struct {
	task    *task
	start   time.Time
	verdict event.Outcome // if it was stopped
}

func newShell(set *common, rank int, host hosts.Host, count int) *shell {
	return &shell{
		set: set, rank: rank, host: host, count: count, sink: set.options.Sink, budget: unlimited,
		tasks: make(chan *task), leavec: make(chan struct{}),
	}
}

func (sh *shell) leave() { sh.leaving.Do(func() { close(sh.leavec) }) }

func (sh *shell) setState(s State) { sh.state.Store(int32(s)) }

// serve takes a host from its first connection to the end, and then answers for it: every
// command is answered with that result.
func (sh *shell) serve() {
	result := sh.connect()
	sh.setState(Lost)
	if sh.task != nil {
		sh.finish(result)
	}
	for {
		select {
		case t := <-sh.tasks:
			sh.take(t)
			sh.finish(result)
		case <-sh.leavec:
			return
		}
	}
}

// connect runs the session, again where the host refused it, and returns how it ended.
func (sh *shell) connect() event.Result {
	login := conn.Login{
		Rank: sh.rank, Retries: sh.set.options.Retry, Within: sh.set.options.RetryFor, Stop: sh.leavec,
		Acquire: sh.acquire, Try: sh.attempt,
	}
	if sh.set.options.Verbose {
		login.Emit = sh.emit
	}
	return login.Run()
}

// acquire waits until the host may connect, and returns a slot for the login.
func (sh *shell) acquire(attempt int) *admission.Slot {
	select {
	case sh.set.connects <- struct{}{}:
	case <-sh.leavec:
		return nil
	}
	slot := sh.set.admission.Acquire(attempt, sh.leavec)
	if slot == nil {
		<-sh.set.connects
	}
	return slot
}

// attempt runs one session. Another host may connect when the shell is there, or the session
// over.
func (sh *shell) attempt(slot *admission.Slot, noMux bool) (event.Result, conn.Refusal) {
	connected := sync.OnceFunc(func() { <-sh.set.connects })
	defer connected()
	if err := sh.open(slot, noMux); err != nil {
		return conn.NotDialed(err), conn.Final
	}
	sh.supervise(connected)
	exit := sh.conn.Finish()
	if sh.phase == connecting && sh.conn.MuxRefused() {
		return event.Result{}, conn.MuxRefused
	}
	if sh.task != nil && sh.phase == running && sh.conn.AllEnded() {
		sh.finish(sh.result()) // its end came together with that of ssh, as with a line that restarts the host
	}
	result := sh.lost(exit)
	if result.Outcome == event.Unreachable && exit.Log.TurnedAway && !sh.conn.WordSent() {
		return result, conn.Refused
	}
	return result, conn.Final
}

// lost returns how the session ended, when ssh has.
func (sh *shell) lost(exit conn.Exit) event.Result {
	end := conn.Ending{Kept: true, Sent: sh.begun, Late: sh.late, Why: sh.why, Exit: exit, Become: sh.set.options.Become, WordSent: sh.conn.WordSent()}
	switch {
	case sh.why != "" && sh.begun:
		end.Decided = event.Lost
	case sh.why != "":
		end.Decided = event.Unreachable
	}
	result := end.Outcome()
	result.NewKey = sh.conn.NewKey(exit)
	return result
}

// open starts ssh and the readers.
func (sh *shell) open(slot *admission.Slot, noMux bool) (err error) {
	sh.begun, sh.phase = false, connecting
	o, nonce := &sh.set.options, sh.set.dialer.Nonce()
	start := remote.Shell{
		Nonce: nonce, NoLogin: o.NoLogin, Grace: o.KillAfter, Name: sh.host.Name, Rank: sh.rank, Count: sh.count, Become: o.Become,
	}.Start()
	sh.conn, err = sh.set.dialer.Dial(conn.Session{
		Rank: sh.rank, Slot: slot, Start: start, Emit: sh.emit, NoMux: noMux,
		Framer: func() *remote.Framer { return remote.NewShellFramer(nonce) },
	})
	if err == nil {
		sh.conn.Start()
	}
	return err
}

// supervise takes the session to the end of ssh.
func (sh *shell) supervise(connected func()) {
	sh.setPhase(sh.phase)
	killc, leavec := sh.set.killc, sh.leavec
	for {
		var tasks chan *task
		var stopc chan struct{}
		var pulse <-chan time.Time
		if sh.phase == idle || sh.phase == running {
			pulse = sh.conn.Pulse()
		}
		switch sh.phase {
		case idle:
			connected()
			tasks = sh.tasks
		case running:
			stopc = sh.task.stopc
		}
		select {
		case <-sh.conn.Exited():
			return
		case m := <-sh.conn.Marks:
			sh.onMark(m)
		case step := <-sh.conn.Steps():
			sh.onStep(step)
		case <-sh.conn.Limit():
			if sh.conn.Expired() {
				sh.expired()
			}
		case <-pulse:
			sh.listen()
		case t := <-tasks:
			sh.take(t)
			sh.begin()
		case <-stopc:
			sh.stop(event.Stopped)
		case <-leavec:
			leavec = nil
			sh.close()
		case <-killc:
			killc = nil
			sh.phase = ending
			sh.conn.Kill()
		}
	}
}

// setPhase enters a phase and sets its limit.
func (sh *shell) setPhase(p phase) {
	sh.phase = p
	var d time.Duration
	switch p {
	case connecting:
		d = sh.set.options.ReadyTimeout
		sh.setState(Connecting)
	case idle:
		sh.begun = true
		if sh.idleUnsent {
			d = idleAfter
		}
		sh.setState(Ready)
	case running:
		d = sh.task.Timeout
		sh.setState(Running)
	case halting:
		d = sh.set.options.KillAfter*3/2 + stopAnswer
	case killing:
		d = stopAnswer
	}
	sh.conn.SetLimit(d)
}

// send sends a request. Where that fails the session is of no more use.
func (sh *shell) send(request []byte) {
	err := sh.conn.Stdin.Send(request)
	if err == nil || sh.phase == ending {
		return
	}
	if sh.why == "" && errors.Is(err, conn.ErrNotRead) {
		sh.why = err.Error()
	}
	sh.end(0)
}

// end gives ssh the grace to exit, then ends it. On the host the listener sees the connection
// go.
func (sh *shell) end(grace time.Duration) {
	sh.phase = ending
	sh.conn.End(grace, syscall.SIGTERM)
}

// listen gives the host up where it is silent.
func (sh *shell) listen() {
	if why := sh.conn.Silent(); why != "" {
		sh.why = why
		sh.end(0)
	}
}

// close ends the session in peace: what the shell left in the background stays.
func (sh *shell) close() {
	if sh.phase == ending {
		return
	}
	if sh.idleUnsent {
		sh.send([]byte(remote.ShellIdle))
	}
	sh.conn.Stdin.Close()
	if sh.phase == connecting {
		sh.end(0)
		return
	}
	sh.end(closeGrace)
}

// expired acts on the end of a limit.
func (sh *shell) expired() {
	switch sh.phase {
	case connecting:
		sh.late = true
		sh.why = fmt.Sprintf("no answer from its shell within %s (--ready-timeout)", sh.set.options.ReadyTimeout)
		if sh.conn.IsReady() {
			sh.why = fmt.Sprintf("its login shell took no command within %s (--ready-timeout)", sh.set.options.ReadyTimeout) + conn.ProfileHint(sh.set.options.NoLogin)
		}
		sh.end(0)
	case idle:
		sh.idleUnsent = false
		sh.send([]byte(remote.ShellIdle))
	case running:
		sh.stop(event.Timeout)
	case halting:
		// What it runs is gone, and it goes on: it is opened again.
		sh.setPhase(killing)
		sh.send([]byte(remote.ShellKill))
	case killing:
		sh.why = "its shell could not be ended"
		sh.end(0)
	}
}
