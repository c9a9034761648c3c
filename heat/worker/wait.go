package worker

import (
	"os"
	"syscall"
	"time"

	"clsh/heat/exit"
)

// Wait waits for done and serves signals meanwhile. At the nth signal to end it calls interrupt(n)
// and goes on waiting; the end of --within counts as the first one. Without an interrupt it
// returns, with ok false, at the first one, when a check is wanted now, and when nobody reads
// standard output any more.
func Wait[T any](w *Worker, done <-chan T, interrupt func(n int)) (v T, ok bool) {
	cancelled := w.cancelled
	gone, deserted := w.Ops.Gone, w.Console.Out.Gone
	if w.PidGone {
		gone = nil
	}
	if w.deserted {
		deserted = nil
	}
	for {
		before := w.ends
		select {
		case v := <-done:
			return v, true
		case s := <-w.Ops.Signals:
			w.signalled(s)
		case <-cancelled:
			cancelled = nil
			w.end(syscall.SIGTERM)
		case <-gone:
			gone, w.PidGone = nil, true
			w.Logf("process %d has ended", w.Settings.Pid)
		case <-w.Ops.Wanted:
			w.Again = true
		case <-deserted:
			deserted, w.deserted = nil, true
		case <-w.Deadline:
			w.expire()
		case <-w.late.tick:
			w.late.report()
		case <-w.Ops.Watchdog:
			if w.allowed.IsZero() || time.Now().Before(w.allowed) {
				w.Ops.Notify("WATCHDOG=1")
			}
		}
		switch {
		case interrupt == nil && (w.ends > 0 || w.CheckNow || w.Again || w.deserted):
			return v, false
		case interrupt != nil && w.ends > before:
			interrupt(w.ends)
		}
	}
}

// Slack is what a task may take beyond its limit and its grace: for processes
// in uninterruptible sleep, and for a slow machine.
const Slack = 10 * time.Second

// Allow says that the running task ends within d, and Slack. The watchdog is
// not fed beyond that: then heat itself hangs. The caller calls done when the task has ended.
func (w *Worker) Allow(d time.Duration) (done func()) {
	w.allowed = time.Now().Add(d + Slack)
	return func() { w.allowed = time.Time{} }
}

// signalled does what the manual's table says.
func (w *Worker) signalled(s os.Signal) {
	switch s {
	case syscall.SIGUSR1:
		w.CheckNow = true
	case syscall.SIGHUP:
		if w.Ops.Terminal {
			w.end(syscall.SIGHUP)
			return
		}
		w.Log.Reopen()
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT:
		w.end(s.(syscall.Signal))
	}
}

// end ends heat because of a signal.
func (w *Worker) end(s syscall.Signal) { w.endWith(exit.Signal + int(s)) }

// endWith ends heat. The exit status is that of the first call.
func (w *Worker) endWith(status int) {
	if w.ends == 0 {
		w.exit = status
	}
	w.ends++
}

// expire ends heat because --within is over.
func (w *Worker) expire() {
	w.Deadline = nil
	if w.ends > 0 {
		return
	}
	w.expired = true
	w.Expire()
	w.endWith(exit.GaveUp)
}

// Ending reports whether heat is to end: a signal has come, or --within is over.
func (w *Worker) Ending() bool { return w.ends > 0 }

// Exit is the exit status of a heat that is to end; 0 if it is not.
func (w *Worker) Exit() int { return w.exit }

// Deserted reports whether a wait has found that nobody reads standard output any more.
func (w *Worker) Deserted() bool { return w.deserted }

// ReaderGone reports whether nobody reads standard output any more.
func (w *Worker) ReaderGone() bool {
	select {
	case <-w.Console.Out.Gone:
		return true
	default:
		return false
	}
}
