package conn

import (
	"cmp"
	"fmt"
	"strings"
	"syscall"

	"clsh/runner/event"
	"clsh/runner/remote"
)

// An Ending is all that decides how a host's part of a run ended.
type Ending struct {
	// Decided is the outcome that the supervisor decided before the session ended, or 0.
	// Why is the reason of Lost and Unreachable. Late reports that a limit ran out.
	Decided event.Outcome
	Why     string
	Late    bool

	// Overall reports that there was a limit for the whole of the session: only its end makes
	// a host lost, and an ssh that exits before is the host's answer.
	Overall  bool
	Raw      bool // there is no agent
	Kept     bool // the session would have taken another command
	Sent     bool // the command was sent; in a kept session, it could have been
	NoLogin  bool // the command's shell is no login shell
	Become   remote.Become
	WordSent bool // a password was given to ssh, or to the program of Become

	Progress
	Exit Exit
}

// Outcome returns how the host's part of the run ended. This is the one place where that is
// decided.
func (e *Ending) Outcome() event.Result {
	var r event.Result
	over := e.AllEnded() || e.AllGone()
	switch {
	case e.Decided == event.Stopped:
		r.Outcome, r.Confirmed = event.Stopped, !e.Sent || over && !e.looked().Left
		r.LeftRunning = e.leftRunning()
	case e.Decided == event.Timeout:
		r.Outcome, r.Code, r.Confirmed = event.Timeout, event.CodeTimeout, over && !e.looked().Left
		r.LeftRunning = e.leftRunning()
	case e.Decided == event.NotStarted:
		r.Outcome, r.Reason = event.NotStarted, e.Why
	case e.Decided != 0:
		r.Outcome, r.Code, r.Reason = e.Decided, event.CodeLost, e.Why+e.lastNoise()
	case over && !e.AllBegun():
		r.Outcome, r.Code, r.Reason = event.Unreachable, event.CodeLost, e.notBegun(e.EndMark.Status)
	case over:
		setExit(&r, e.EndMark.Status)
	case e.Raw:
		e.rawResult(&r)
	default:
		e.broken(&r)
	}
	e.setRefused(&r)
	return r
}

// lastNoise adds to the reason what a login printed last that did not get as far as its shell: it may
// be a question, such as one for a new password.
func (e *Ending) lastNoise() string {
	line := cmp.Or(e.Exit.Noise[1], e.Exit.Noise[0])
	if !e.Late || e.Raw || e.AllReady() || line == "" {
		return ""
	}
	return "; it printed last: " + line
}

// NotDialed returns the result of a host for which Dial failed: no ssh started.
func NotDialed(err error) event.Result {
	reason, hint, _ := strings.Cut(err.Error(), "\nhint: ")
	return event.Result{Outcome: event.Unreachable, Code: event.CodeLost, Refused: true, Reason: reason, Hint: hint}
}

// setRefused sets r.Refused, and r.Words with it.
func (e *Ending) setRefused(r *event.Result) {
	if !e.Overall {
		r.Refused = r.Outcome == event.Unreachable && !e.Late && !e.Exit.Log.TimedOut && (e.Exit.Status.Signal == 0 || e.Why != "")
		return
	}
	r.Refused = e.Decided == 0 && (r.Outcome == event.Unreachable || r.Outcome == event.Lost)
	if r.Refused {
		r.Words = e.Exit.Words
	}
}

// setExit makes r the end of a command that exited with status.
func setExit(r *event.Result, status int) {
	r.Code = status
	r.Outcome, r.Signal = event.Exit(status)
}

// leftRunning names what the stop has left, as far as the host has said.
func (e *Ending) leftRunning() []string {
	if m := e.looked(); m != nil {
		return remote.Survivors(m.Running)
	}
	return nil
}

// rawResult is for `ssh HOST COMMAND`: ssh exits with 255 where it failed itself, and its log
// says why.
func (e *Ending) rawResult(r *event.Result) {
	status, log := e.Exit.Status, e.Exit.Log
	switch {
	case status.Signal != 0:
		r.Outcome, r.Code, r.Reason = event.Lost, event.CodeLost, e.endedBySignal()
	case status.Code == event.CodeLost && log.Reason != "":
		r.Outcome, r.Code, r.Reason, r.Hint = event.Unreachable, event.CodeLost, log.Reason, log.Hint
		if e.Exit.Output {
			r.Outcome = event.Lost
		}
	default:
		setExit(r, status.Code)
	}
}

// broken is for an ssh that ended before the agent had said that the command did.
func (e *Ending) broken(r *event.Result) {
	status, log := e.Exit.Status, e.Exit.Log
	r.Outcome, r.Code, r.Reason = event.Lost, event.CodeLost, log.Reason
	if !e.Sent {
		r.Outcome = event.Unreachable
	}
	switch {
	case status.Signal != 0:
		r.Reason = e.endedBySignal()
	case log.Reason != "" && e.WordSent:
		// The hint is for those who gave no password.
	case log.Reason != "":
		r.Hint = log.Hint
	case !e.Sent && e.Become.Name() != "" && status.Code != event.CodeLost:
		r.Reason, r.Hint = e.notBecome(status.Code)
	case !e.Sent:
		r.Reason = e.closedEarly()
	case e.Kept:
		r.Reason = fmt.Sprintf("the session ended with status %d", status.Code)
	case !e.AllBegun():
		r.Outcome, r.Reason = event.Unreachable, e.notBegun(status.Code)
	case status.Code == e.killedStatus():
		// The client has nothing to say against the connection: the remote shell itself was
		// killed, as by `kill -9 0`.
		r.Outcome, r.Signal, r.Code = event.Signaled, syscall.SIGKILL, event.CodeOfSignal(syscall.SIGKILL)
	case status.Code == 0 && e.EndMark == nil:
		// The agent, too, ends so where it reads no command.
		r.Reason = "its shell ended before it reported the end of the command"
	case !e.bySSH():
		r.Reason = fmt.Sprintf("%s exited with status %d while the command ran", e.Exit.Client, status.Code)
	default:
		setExit(r, status.Code)
	}
}

func (e *Ending) endedBySignal() string {
	return fmt.Sprintf("%s was ended by signal %d", cmp.Or(e.Exit.Client, "ssh"), e.Exit.Status.Signal)
}

func (e *Ending) bySSH() bool { return e.Exit.Client == "" }

// killedStatus is that of a client whose remote shell was killed. ssh has another for that; the
// others hand on what a shell makes of the signal.
func (e *Ending) killedStatus() int {
	if e.bySSH() {
		return event.CodeLost
	}
	return event.CodeOfSignal(syscall.SIGKILL)
}

// closedEarly says why there was no agent although ssh had no complaint: the account has no
// shell, or its login said why. A server's banner, which is on standard error as well, is no
// reason.
func (e *Ending) closedEarly() string {
	status := e.Exit.Status
	if !e.bySSH() {
		return fmt.Sprintf("%s exited with status %d before a shell answered", e.Exit.Client, status.Code)
	}
	reason := fmt.Sprintf("the login ended with status %d before its shell answered", status.Code)
	if status.Code == event.CodeLost { // perhaps ssh's own, and LogLevel does not let it say why
		reason = fmt.Sprintf("ssh exited with status %d", event.CodeLost)
	}
	return reason + e.noise(e.Exit.Log.Banner)
}

// notBecome says why the program of Become has not started the agent, in its own words.
func (e *Ending) notBecome(status int) (reason, hint string) {
	name := e.Become.Name()
	reason = cmp.Or(e.Exit.Noise[1], e.Exit.Noise[0], fmt.Sprintf("%s exited with status %d", name, status))
	switch {
	case strings.Contains(reason, "tty") && name == "sudo":
		hint = "--tty gives sudo a terminal"
	case !e.Become.Asks() && name == "sudo":
		hint = "-K asks for sudo's password; NOPASSWD in sudoers(5) does without one"
	}
	return reason, hint
}

// notBegun says that the command's shell never said that it took the command: something in
// its profile has ended it, or runs in its place.
func (e *Ending) notBegun(status int) string {
	return fmt.Sprintf("its login shell ended with status %d before it began the command", status) + e.noise(false) + ProfileHint(e.NoLogin)
}

// noise returns what a login said last, as the end of a reason; without standard error where
// that begins with a server's banner.
func (e *Ending) noise(banner bool) string {
	words := e.Exit.Noise[0]
	if words == "" && !banner {
		words = e.Exit.Noise[1]
	}
	if words != "" {
		words = ": " + words
	}
	return words
}

// NewKey returns ssh's line about a key of the host that it accepted and keeps, or "".
func (c *Conn) NewKey(exit Exit) string {
	if exit.Log.NewKey == "" || c.options.KeepsKey != nil && !c.options.KeepsKey(c.host) {
		return ""
	}
	return exit.Log.NewKey
}

// ProfileHint ends a reason where a shell did not come to take a command.
func ProfileHint(noLogin bool) string {
	if noLogin {
		return "; look for exec, exit or read in the files that it reads at its start"
	}
	return "; look for exec, exit or read in its profile (~/.profile, ~/.bash_profile …), or use --no-login"
}
