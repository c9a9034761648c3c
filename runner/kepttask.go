package runner

import (
	"fmt"
	"syscall"
	"time"

	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
)

// What a kept session does with a task, from its request to its result.

// take makes t the host's task: from now on output is the task's.
func (k *kept) take(t *task) {
	k.task, k.start, k.verdict = t, time.Now(), 0
	k.s.sinkMu.Lock()
	defer k.s.sinkMu.Unlock()
	k.sink, k.run, k.words = t.Sink, t.taskRun, -1
}

func (k *kept) begin() {
	k.emit(event.Event{Kind: event.Started, Host: k.rank})
	k.ends, k.gones, k.cleared, k.left, k.running, k.killing = 0, 0, 0, false, "", false
	k.setPhase(keptRunning)
	k.write(k.task.request)
}

// finish ends the host's task.
func (k *kept) finish(result event.Result) {
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
func (k *kept) emit(e event.Event) {
	k.s.sinkMu.Lock()
	defer k.s.sinkMu.Unlock()
	if e.Kind == event.Output && k.words >= 0 {
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
		if !k.ready {
			k.s.answered(k.ssh)
		}
		k.ready = true
		k.slot.Done(admission.Succeeded)
	case remote.Begin:
		k.begins++
		if k.begins == 2 && k.phase == keptConnecting {
			k.begun = true
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
		k.running = n.mark.Running
		k.settle()
	}
}

// heardLate counts an end that came together with the end of ssh, as with a line
// that restarts the host.
func (k *kept) heardLate(n note) {
	if n.mark.Kind == remote.End {
		k.ends++
		k.status = n.mark.Status
	}
}

// settle acts on the end of a command, of the shell, or of a stop.
func (k *kept) settle() {
	over := k.ends >= 2 || k.gones >= 2
	switch {
	case k.phase == keptHalting && k.cleared == 2 && !over && !k.killing:
		k.limit.Reset(abandonGrace)
		return
	case k.phase == keptHalting && k.cleared < 2 || !over:
		return
	}
	gone := k.gones >= 2
	k.ends, k.gones = 0, 0
	if gone && k.begins < 2 {
		k.why = fmt.Sprintf("its login shell ended with status %d before it took a command", k.status) + k.s.cfg.profileHint()
		k.begun = false
		k.drop()
		return
	}
	if k.phase > keptHalting {
		return
	}
	if gone {
		k.s.sinkMu.Lock()
		k.opened = append(k.opened[:0], Opened{k.rank, k.status}) // the last one: a host may do so for ever
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
func (k *kept) result() event.Result {
	var r event.Result
	switch k.verdict {
	case event.Stopped:
		r.Outcome, r.Confirmed = event.Stopped, !k.left
	case event.Timeout:
		r.Outcome, r.Code, r.Confirmed = event.Timeout, event.CodeTimeout, !k.left
	default:
		setExit(&r, k.status)
	}
	if k.verdict != 0 {
		r.LeftRunning = remote.Survivors(k.running)
	}
	return r
}

// expired acts on the end of a limit, unless this process was late itself.
func (k *kept) expired() {
	if k.limit.Credit() {
		return
	}
	switch k.phase {
	case keptConnecting:
		k.late = true
		k.why = fmt.Sprintf("no answer from its shell within %s (--ready-timeout)", k.s.cfg.ReadyTimeout)
		if k.ready {
			k.why = fmt.Sprintf("its login shell took no command within %s (--ready-timeout)", k.s.cfg.ReadyTimeout) + k.s.cfg.profileHint()
		}
		k.drop()
	case keptIdle:
		k.untold = false
		k.write([]byte(remote.ShellIdle))
	case keptRunning:
		k.stop(event.Timeout)
	case keptHalting:
		if k.killing {
			k.why = "its shell could not be ended"
			k.drop()
			return
		}
		// What it runs is gone, and it goes on: it is opened anew.
		k.killing = true
		k.write([]byte(remote.ShellKill))
		k.limit.Reset(stopAnswer)
	case keptClosing:
		k.drop()
	case keptDropping:
		_ = k.ssh.Signal(syscall.SIGKILL)
	}
}

// stop ends the command, for the reason that becomes its outcome.
func (k *kept) stop(verdict event.Outcome) {
	k.verdict = verdict
	k.s.sinkMu.Lock()
	k.words = lastWords
	k.s.sinkMu.Unlock()
	k.setPhase(keptHalting)
	k.write(remote.StopRequest(syscall.SIGINT))
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
	_ = k.ssh.Signal(syscall.SIGTERM)
	k.setPhase(keptDropping)
}

// lost says how the session ended, when ssh has.
func (k *kept) lost(status proc.Status, said remote.Log) event.Result {
	r := event.Result{Outcome: event.Lost, Code: event.CodeLost, Reason: said.Reason, NewKey: k.s.cfg.newKey(k.host, said)}
	if !k.begun {
		r.Outcome = event.Unreachable
		r.Refused = !k.late && !said.TimedOut && (status.Signal == 0 || k.why != "")
	}
	switch {
	case k.why != "":
		r.Reason = k.why
	case status.Signal != 0:
		r.Reason = fmt.Sprintf("ssh was ended by signal %d", status.Signal)
	case said.Reason == "" && !k.begun:
		r.Reason = closedEarly(k.readers, status, said.Banner)
	case said.Reason == "":
		r.Reason = fmt.Sprintf("the session ended with status %d", status.Code)
	default:
		r.Hint = said.Hint
	}
	return r
}
