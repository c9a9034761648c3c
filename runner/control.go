package runner

import (
	"syscall"

	"clsh/runner/event"
)

// StopHost stops the command of one host, if it runs: its outcome is Stopped.
func (r *Runner) StopHost(rank int) {
	if c, runs := r.sessions.LoadAndDelete(rank); runs {
		close(c.(chan struct{}))
	}
}

// Stop stops the command everywhere, as SIGINT does, without being a signal.
func (r *Runner) Stop() { r.stop() }

// StopWith is Stop for a command that gets sig first.
func (r *Runner) StopWith(sig syscall.Signal) {
	r.mu.Lock()
	if r.interrupt == 0 {
		r.interrupt = sig
	}
	r.mu.Unlock()
	r.stop()
}

// Drain lets nothing further start.
func (r *Runner) Drain() { r.drain() }

// Kill ends every session at once.
func (r *Runner) Kill() { r.kill() }

// Show asks the sinks for the states.
func (r *Runner) Show() { r.emit(event.Event{Kind: event.Show}) }
