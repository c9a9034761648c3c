package runner

import (
	"bytes"
	"strings"
	"time"

	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
)

// Config.LostAfterStart: a limit for the whole of a session. It is the Python clsh's
// subprocess timeout, so only its end makes a host lost. An ssh that ends in time, for
// whatever reason, is the host's answer.

// withinOverall returns the limit of a phase, d, or what is left for the session where that is
// less. 0 is no limit.
func (s *session) withinOverall(d time.Duration) time.Duration {
	s.overall = false
	if s.r.cfg.LostAfterStart == 0 || s.phase > running {
		return d
	}
	left := max(s.r.cfg.LostAfterStart-time.Since(s.began), 1)
	if d > 0 && d <= left {
		return d
	}
	s.overall = true
	return left
}

// setRefused sets r.Refused, and r.Words with it.
func (s *session) setRefused(r *event.Result, status proc.Status, said remote.Log) {
	if s.r.cfg.LostAfterStart == 0 {
		r.Refused = r.Outcome == event.Unreachable && !s.late && !said.TimedOut && (status.Signal == 0 || s.why != "")
		return
	}
	r.Refused = s.verdict == 0 && (r.Outcome == event.Unreachable || r.Outcome == event.Lost)
	if r.Refused {
		r.Words = s.words
	}
}

// allWords returns what ssh and the login printed besides the command's output: standard output
// where there is any, else standard error. It is empty without LostAfterStart.
func (s *session) allWords(log string) string {
	if s.r.cfg.LostAfterStart == 0 {
		return ""
	}
	stdout, stderr := s.readers[0], s.readers[1]
	text := stdout.noise
	if stdout.framer.Begun() || len(text) == 0 {
		logged, _ := readEnds(log) // there is none for a session on a kept connection
		text = logged
		if !stderr.framer.Begun() {
			text = append(text, stderr.noise...)
		}
		text = append(text, stderr.own...)
	}
	text = bytes.TrimSpace(remote.Untag(text))
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
