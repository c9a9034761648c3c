package shells

import (
	"fmt"
	"syscall"
	"time"

	"clsh/runner/conn"
	"clsh/runner/conn/passwords"
	"clsh/runner/event"
	"clsh/runner/remote"
)

// take makes t the host's task: from now on output is the task's.
func (sh *shell) take(t *task) {
	sh.task, sh.start, sh.verdict = t, time.Now(), 0
	sh.set.sinkMu.Lock()
	defer sh.set.sinkMu.Unlock()
	sh.sink, sh.current, sh.budget = t.Sink, t.run, unlimited
}

// begin sends the task's request.
func (sh *shell) begin() {
	sh.emit(event.Event{Kind: event.Started, Host: sh.rank})
	sh.conn.NextCommand()
	sh.setPhase(running)
	sh.send(sh.task.request)
}

// finish ends the host's task.
func (sh *shell) finish(result event.Result) {
	t := sh.task
	sh.task = nil
	result.Duration = time.Since(sh.start)
	sh.set.sinkMu.Lock()
	sh.current, sh.budget = nil, unlimited
	sh.set.sinkMu.Unlock()
	sh.report(t.run, result)
	close(t.done)
}

// report reports how the command ended on the host, and gives output back to the Set's sink.
func (sh *shell) report(r *run, result event.Result) {
	if result.IsLost() && !r.KeepGoing {
		r.stop()
	}
	sh.set.sinkMu.Lock()
	defer sh.set.sinkMu.Unlock()
	r.tally.Add(&result)
	r.reopened = append(r.reopened, sh.reopened...)
	sh.reopened, sh.sink = nil, sh.set.options.Sink
	r.pass(event.Event{Kind: event.Ended, Host: sh.rank, Result: &result})
}

// emit passes an event to the task that runs, or to the Set's sink.
func (sh *shell) emit(e event.Event) {
	sh.set.sinkMu.Lock()
	defer sh.set.sinkMu.Unlock()
	if e.Kind == event.Output && sh.budget != unlimited {
		if len(e.Data) > sh.budget {
			sh.budget = 0
			return
		}
		sh.budget -= len(e.Data)
	}
	e.Time = time.Now()
	if err := sh.sink.Event(e); err != nil && sh.current != nil {
		sh.current.fail(err)
	}
}

// onMark acts on a line of the remote side.
func (sh *shell) onMark(m conn.Mark) {
	sh.conn.Hear(m)
	switch m.Kind {
	case remote.Begin:
		if sh.phase == connecting && sh.conn.AllBegun() {
			sh.begun = true
			sh.send(remote.ShellPID(m.Status))
			if sh.phase == connecting {
				sh.setPhase(idle)
			}
		}
	case remote.End, remote.Gone, remote.Cleared:
		sh.onEnd()
	}
}

// onStep acts on what happens with a password: time that it waits for others is not the host's.
func (sh *shell) onStep(step passwords.Step) {
	switch {
	case sh.phase != connecting || sh.begun:
	case step.Waiting:
		sh.conn.SetLimit(0)
	case step.Err == nil:
		sh.setPhase(connecting)
	default:
		sh.why = step.Err.Error()
		sh.end(0)
	}
}

// onEnd acts on the end of a command, of the shell, or of a stop.
func (sh *shell) onEnd() {
	over := sh.conn.AllEnded() || sh.conn.AllGone()
	stopping := sh.phase == halting || sh.phase == killing
	switch {
	case sh.phase == halting && sh.conn.AllStopped() && !over:
		sh.conn.SetLimit(abandonGrace)
		return
	case stopping && !sh.conn.AllStopped() || !over:
		return
	case sh.conn.AllGone() && !sh.conn.AllBegun():
		sh.why = fmt.Sprintf("its login shell ended with status %d before it took a command", sh.conn.EndMark.Status) + conn.ProfileHint(sh.set.options.NoLogin)
		sh.begun = false
		sh.end(0)
		return
	case sh.phase == ending:
		return
	}
	result, gone, status := sh.result(), sh.conn.AllGone(), sh.conn.EndMark.Status
	sh.conn.NextCommand()
	if gone {
		sh.reopen(status)
	} else {
		sh.idleUnsent = true
		sh.setPhase(idle)
	}
	if sh.task != nil {
		sh.finish(result)
	}
}

// reopen asks for another shell in place of one that exited with status.
func (sh *shell) reopen(status int) {
	sh.set.sinkMu.Lock()
	sh.reopened = append(sh.reopened[:0], Reopened{sh.rank, status}) // the last one: a host may do so for ever
	sh.set.sinkMu.Unlock()
	sh.conn.NextShell()
	sh.setPhase(connecting)
	sh.send([]byte(remote.ShellOpen))
}

// result returns how the command ended that the host has reported the end of.
func (sh *shell) result() event.Result {
	end := conn.Ending{Decided: sh.verdict, Kept: true, Sent: true, Progress: sh.conn.Progress}
	return end.Outcome()
}

// stop stops the command, for the reason that becomes its outcome.
func (sh *shell) stop(verdict event.Outcome) {
	sh.verdict = verdict
	sh.set.sinkMu.Lock()
	sh.budget = lastWords
	sh.set.sinkMu.Unlock()
	sh.setPhase(halting)
	sh.send(remote.StopRequest(syscall.SIGINT))
}
