package heat

import (
	"os"
	"syscall"
	"time"
)

// wait waits for done and serves signals meanwhile. At the nth signal to end it calls interrupt(n)
// and goes on waiting; the end of --within counts as the first one. Without an interrupt it
// returns, with ok false, at the first one, when a check is wanted now, and when nobody reads
// standard output any more.
func wait[T any](l *loop, done <-chan T, interrupt func(n int)) (v T, ok bool) {
	cancelled := l.cancelled
	gone, deserted := l.ops.gone, l.console.out.Gone
	if l.pidGone {
		gone = nil
	}
	if l.deserted {
		deserted = nil
	}
	for {
		before := l.ends
		select {
		case v := <-done:
			return v, true
		case s := <-l.ops.signals:
			l.signalled(s)
		case <-cancelled:
			cancelled = nil
			l.end(syscall.SIGTERM)
		case <-gone:
			gone, l.pidGone = nil, true
			l.logf("process %d has ended", l.cfg.pid)
		case <-l.ops.wanted:
			l.again = true
		case <-deserted:
			deserted, l.deserted = nil, true
		case <-l.deadline:
			l.expire()
		case <-l.hook.late:
			l.logf("%s is still running after %v", l.hook.name, time.Since(l.hook.begin).Round(time.Millisecond))
		case <-l.ops.watchdog:
			if l.allowed.IsZero() || time.Now().Before(l.allowed) {
				l.ops.notify("WATCHDOG=1")
			}
		}
		switch {
		case interrupt == nil && (l.ends > 0 || l.checkNow || l.again || l.deserted):
			return v, false
		case interrupt != nil && l.ends > before:
			interrupt(l.ends)
		}
	}
}

// slack is what a task may take beyond its limit and its grace: for processes
// in uninterruptible sleep, and for a slow machine.
const slack = 10 * time.Second

// allow says that the running task ends within d, and slack. The watchdog is
// not fed beyond that: then heat itself hangs.
func (l *loop) allow(d time.Duration) { l.allowed = time.Now().Add(d + slack) }

// signalled does what the manual's table says.
func (l *loop) signalled(s os.Signal) {
	switch s {
	case syscall.SIGUSR1:
		l.checkNow = true
	case syscall.SIGHUP:
		if l.ops.terminal {
			l.end(syscall.SIGHUP)
			return
		}
		l.log.Reopen()
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT:
		l.end(s.(syscall.Signal))
	}
}

// end ends heat because of a signal.
func (l *loop) end(s syscall.Signal) { l.endWith(exitSignal + int(s)) }

// endWith ends heat. The exit status is that of the first call.
func (l *loop) endWith(status int) {
	if l.ends == 0 {
		l.exit = status
	}
	l.ends++
}

// expire ends heat because --within is over.
func (l *loop) expire() {
	l.deadline = nil
	if l.ends > 0 {
		return
	}
	next, actions := l.state.Expire(&l.cfg.rules)
	l.state = next
	for _, a := range actions {
		l.report(a)
	}
	l.endWith(exitGaveUp)
}
