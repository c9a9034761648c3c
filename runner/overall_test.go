package runner

import (
	"testing"
	"time"

	"clsh/runner/event"
)

// With a limit for the whole of an ssh, only that limit makes a host lost. What ended in time is
// the host's answer, in the words of ssh or the login.
func TestLostAfterStart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, before, command string
		limit, timeout        time.Duration
		outcome               event.Outcome
		lost                  bool
		words, out            string
	}{
		{"the command runs on", "", "exec sleep 1000", time.Second, 0, event.Lost, true, "", ""},
		{"nothing answers", "exec sleep 1000", "true", time.Second / 2, 0, event.Lost, true, "", ""},
		{"a shorter --timeout", "", "exec sleep 1000", time.Minute, time.Second / 2, event.Timeout, false, "", ""},
		{"a longer --timeout", "", "exec sleep 1000", time.Second, time.Minute, event.Lost, true, "", ""},
		{"ssh's own limit", `printf 'ssh: connect to host x port 22: Connection timed out\r\n' >"$log"; exit 255`, "true", time.Minute, 0,
			event.Unreachable, false, "ssh: connect to host x port 22: Connection timed out", ""},
		{"several lines", `printf 'Warning: new\r\nu@x: Permission denied (publickey).\r\n' >"$log"; echo proxy >&2; exit 255`, "true", time.Minute, 0,
			event.Unreachable, false, "Warning: new\nu@x: Permission denied (publickey).\nproxy", ""},
		{"an account without a shell", `echo 'This account is not available.'; echo bad >&2; exit 1`, "true", time.Minute, 0,
			event.Unreachable, false, "This account is not available.", ""},
		{"a command", "", "echo up; exit 3", time.Minute, 0, event.Exited, false, "", "up\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg, rec := config(t, 1, test.before, test.command)
			cfg.LostAfterStart, cfg.Timeout = test.limit, test.timeout
			run(t, cfg)
			r := rec.Results[0]
			if r.Outcome != test.outcome || r.IsLost() != test.lost || r.Words != test.words || test.out != "" && rec.Text(0) != test.out {
				t.Errorf("%+v, lost %v, output %q", r, r.IsLost(), rec.Text(0))
			}
		})
	}
}

// Without the limit nothing of that holds.
func TestNoLostAfterStart(t *testing.T) {
	t.Parallel()
	cfg, rec := config(t, 1, `printf 'ssh: connect to host x port 22: Connection timed out\r\n' >"$log"; exit 255`, "true")
	run(t, cfg)
	if r := rec.Results[0]; !r.IsLost() || r.Words != "" {
		t.Errorf("%+v", r)
	}
}
