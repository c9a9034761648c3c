package acceptance

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// stopKinds are commands whose processes leave their group or their session, or
// are started while the others are being stopped. Each prints "up" when it runs;
// %s is a mark. A stop leaves nothing of them.
func stopKinds() map[string]string {
	return map[string]string{
		"background":  `env MARK=%s sh -c 'sleep 300 & echo up; wait'`,
		"setsid":      `env MARK=%s sh -c 'setsid sleep 300 & echo up; wait'`,
		"timeout":     `env MARK=%s sh -c 'timeout 400 sleep 300 & echo up; wait'`,
		"spawning":    `env MARK=%s sh -c 'echo up; while :; do timeout 500 sleep 300 & sleep 0.02; done'`,
		"spawning s":  `env MARK=%s sh -c 'echo up; while :; do setsid sleep 300 & sleep 0.02; done'`,
		"spawning m":  `env MARK=%s bash -c 'set -m; echo up; while :; do sleep 300 & sleep 0.02; done'`,
		"double fork": `env MARK=%s sh -c '( (sleep 300 &) & ); echo up; sleep 301'`,
		"orphans":     `env MARK=%s sh -c '(setsid sleep 300 &); setsid -f sleep 301; echo up; sleep 302'`,
		"nohup":       `env MARK=%s sh -c 'nohup sleep 300 & echo up; wait'`,
		"script":      `env MARK=%s script -qc 'echo up; sleep 300' /dev/null`,
	}
}

// serviceKinds are commands that leave a service, by its name in the summary.
func serviceKinds() map[string][2]string {
	return map[string][2]string{
		"daemon": {`env MARK=%s sh -c 'setsid -f sleep 300 </dev/null >/dev/null 2>&1; echo up; sleep 301'`, "sleep"},
		"tmux":   {`env MARK=%s sh -c 'tmux -L $MARK -f /dev/null new-session -d "sleep 300"; echo up; sleep 301'`, "tmux: server"},
	}
}

// stopEndings are the ways to stop a command, with the options for it.
func stopEndings() []ending {
	return append([]ending{{"limit", 0, 124}}, endings()...)
}

// stopped runs command on a host and ends clsh so.
func stopped(t *testing.T, s *sshtest.Site, end ending, command string) *command {
	t.Helper()
	args := []string{"--kill-after", "2", "-h", "a", command}
	if end.sig == 0 {
		args = append([]string{"--timeout", "3"}, args...)
	}
	c := start(t, s, args...)
	if end.sig != 0 {
		c.waitFor(c.out, `a: up`, 1)
		c.signal(end.sig)
	}
	if end.sig == syscall.SIGTERM {
		c.signalUntilEnd(end.sig)
	}
	if code := c.wait(); code != end.code {
		t.Errorf("exit status %d, want %d", code, end.code)
	}
	return c
}

// TestStop: a stop that is confirmed has left nothing, whatever the command
// started and how, and none leaves anything for long. On each change: each kind
// with one ending and one shell, going round. With --full: all of it.
func TestStop(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "setsid", "script", "timeout")
	turn := 0
	for kind, command := range stopKinds() {
		turn++
		for i, end := range stopEndings() {
			for j, shell := range shells() {
				if !full() && (i != turn%len(stopEndings()) || j != turn%len(shells())) {
					continue
				}
				t.Run(strings.Join([]string{kind, end.name, shell}, "/"), func(t *testing.T) {
					t.Parallel()
					s := sshtest.New(t, sshtest.Shell(shell))
					mark := sshtest.Mark()
					c := stopped(t, s, end, fmt.Sprintf(command, mark))
					if left := sshtest.Marked(t, mark); len(left) > 0 && strings.Contains(c.errs.String(), ": a") && !strings.Contains(c.errs.String(), "not confirmed") {
						t.Errorf("confirmed, and there is still %v", left)
					}
					s.WaitGone(mark)
				})
			}
		}
	}
}

// TestStopNamesServices: what has left the session and holds nothing of it stays,
// is named, and the stop is not confirmed.
func TestStopNamesServices(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "setsid", "tmux")
	for kind, service := range serviceKinds() {
		for _, end := range stopEndings()[:2] {
			t.Run(kind+"/"+end.name, func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t)
				mark := sshtest.Mark()
				c := stopped(t, s, end, fmt.Sprintf(service[0], mark))
				t.Cleanup(func() {
					for _, p := range sshtest.Marked(t, mark) {
						_ = syscall.Kill(p.PID, syscall.SIGKILL)
					}
				})
				c.wantError(`left running: a: `+service[1]+` \([0-9]+\)`, `.*not confirmed: a`)
				if len(sshtest.Marked(t, mark)) == 0 {
					t.Error("the service was stopped")
				}
			})
		}
	}
}

// TestSignalsArePassedOn: the command gets the signal that came to clsh.
func TestSignalsArePassedOn(t *testing.T) {
	t.Parallel()
	for _, end := range endings()[:3] {
		t.Run(end.name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			c := start(t, s, "--kill-after", "20", "-h", "a", fmt.Sprintf(`trap "echo got %[1]s; exit 5" %[1]s; trap "echo got TERM" TERM; echo up; while :; do sleep 1; done`, end.name))
			c.waitFor(c.out, `^a: up$`, 1)
			c.signal(end.sig)
			c.waitFor(c.out, `^a: got `+end.name+`$`, 1)
			if code := c.wait(); code != end.code {
				t.Errorf("exit status %d, want %d", code, end.code)
			}
			if strings.Contains(c.out.String(), "got TERM") {
				t.Error("it got TERM, too")
			}
		})
	}
}
