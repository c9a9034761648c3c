package runner

import (
	"fmt"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
)

// result says how the session ended: the one place where an outcome is decided.
func (s *session) result(status proc.Status, said remote.Log) event.Result {
	if s.ended.IsZero() {
		s.ended = time.Now()
	}
	r := event.Result{Duration: s.ended.Sub(s.began)}
	answered := s.ends == s.streams()
	switch {
	case s.verdict == event.Stopped:
		r.Outcome = event.Stopped
		r.Confirmed = s.nothingBegan() || answered && !s.end.Left
		r.LeftRunning = s.leftRunning()
	case s.verdict == event.Timeout:
		r.Outcome, r.Code = event.Timeout, event.CodeTimeout
		r.Confirmed = answered && !s.end.Left
		r.LeftRunning = s.leftRunning()
	case s.verdict != 0:
		r.Outcome, r.Code, r.Reason = s.verdict, event.CodeLost, s.why
	case answered && s.begins < s.streams():
		r.Outcome, r.Code, r.Reason = event.Unreachable, event.CodeLost, s.notBegun(s.end.Status)
	case answered:
		setExit(&r, s.end.Status)
	case s.r.cfg.Raw:
		s.rawResult(&r, status, said)
	default:
		s.broken(&r, status, said)
	}
	return r
}

// newKey returns ssh's line about a key of host that it accepted and keeps.
func (c *Config) newKey(host hosts.Host, said remote.Log) string {
	if said.NewKey == "" || c.KeepsKey != nil && !c.KeepsKey(host) {
		return ""
	}
	return said.NewKey
}

// leftRunning names what the stop has left, as far as the host has said.
func (s *session) leftRunning() []string {
	if s.end == nil {
		return nil
	}
	return remote.Survivors(s.end.Running)
}

// nothingBegan tells that no byte of the command was sent.
func (s *session) nothingBegan() bool { return !s.sent }

// setExit makes r the end of a command that exited with status.
func setExit(r *event.Result, status int) {
	r.Code = status
	r.Outcome, r.Signal = event.Exit(status)
}

// rawResult is for `ssh HOST COMMAND`: ssh says with 255 that it failed itself,
// and gives a reason for that in its log.
func (s *session) rawResult(r *event.Result, status proc.Status, said remote.Log) {
	switch {
	case status.Signal != 0:
		r.Outcome, r.Code, r.Reason = event.Lost, event.CodeLost, fmt.Sprintf("ssh was ended by signal %d", status.Signal)
	case status.Code == event.CodeLost && said.Reason != "":
		r.Outcome, r.Code, r.Reason, r.Hint = event.Unreachable, event.CodeLost, said.Reason, said.Hint
		if s.readers[0].any.Load() || s.readers[1].any.Load() {
			r.Outcome = event.Lost
		}
	default:
		setExit(r, status.Code)
	}
}

// broken is for an ssh that ended before the agent had said that the command
// did.
func (s *session) broken(r *event.Result, status proc.Status, said remote.Log) {
	r.Outcome, r.Code, r.Reason = event.Lost, event.CodeLost, said.Reason
	if s.nothingBegan() {
		r.Outcome = event.Unreachable
	}
	switch {
	case status.Signal != 0:
		r.Reason = fmt.Sprintf("ssh was ended by signal %d", status.Signal)
	case said.Reason == "" && s.nothingBegan():
		r.Reason = closedEarly(s.readers, status, said.Banner)
	case said.Reason == "" && s.begins < s.streams():
		r.Outcome, r.Reason = event.Unreachable, s.notBegun(status.Code)
	case said.Reason == "" && status.Code == event.CodeLost:
		// ssh has nothing to say against the connection: the remote
		// shell itself was killed, as by `kill -9 0`.
		r.Outcome, r.Code, r.Signal = event.Signaled, event.CodeOfSignal(syscall.SIGKILL), syscall.SIGKILL
	case said.Reason == "" && status.Code == 0 && s.end == nil:
		// The agent, too, ends so where it reads no command.
		r.Reason = "its shell ended before it told how the command did"
	case said.Reason == "":
		setExit(r, status.Code)
	default:
		r.Hint = said.Hint
	}
}

// closedEarly says why there was no agent although ssh had no complaint: the
// account has no shell, or its login said why. A server's banner, which is on standard
// error as well, is no reason.
func closedEarly(readers [2]*reader, status proc.Status, banner bool) string {
	reason := fmt.Sprintf("the login ended with status %d before its shell answered", status.Code)
	if status.Code == event.CodeLost { // perhaps ssh's own, and LogLevel does not let it say why
		reason = fmt.Sprintf("ssh exited with status %d", event.CodeLost)
	}
	return reason + noiseTail(readers, banner)
}

// notBegun says that the command's shell never said that it took the command:
// something in its profile has ended it, or runs in its place.
func (s *session) notBegun(status int) string {
	return fmt.Sprintf("its login shell ended with status %d before it began the command", status) + noiseTail(s.readers, false) + s.r.cfg.profileHint()
}

// noiseTail returns what a login said last, as the end of a reason; without standard
// error where that begins with a server's banner.
func noiseTail(readers [2]*reader, banner bool) string {
	words := lastLine(readers[0].noise)
	if words == "" && !banner {
		words = lastLine(readers[1].noise)
	}
	if words != "" {
		words = ": " + words
	}
	return words
}

// profileHint follows the reason where a shell did not come to take a command.
func (c *Config) profileHint() string {
	if c.NoLogin {
		return "; look for exec, exit or read in the files that it reads at its start"
	}
	return "; look for exec, exit or read in its profile (~/.profile, ~/.bash_profile …), or use --no-login"
}

// beginLimit returns how long the login shell may take to begin the command, and
// the option that says so.
func (c *Config) beginLimit() (d time.Duration, option string) {
	if c.Timeout > 0 && (c.Timeout < c.ReadyTimeout || c.ReadyTimeout == 0) {
		return c.Timeout, "--timeout"
	}
	return c.ReadyTimeout, "--ready-timeout"
}

// said returns what ssh said, and removes its log.
func (s *session) said(log string) remote.Log {
	s.words = s.allWords(log)
	return s.r.said(log, s.readers[1], s.r.emit)
}
