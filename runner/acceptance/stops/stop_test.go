package stops

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
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
		"clean":       `env MARK=%[1]s sh -c '(env -i MARK=%[1]s setsid sleep 300 &); echo up; sleep 301'`,
		"nohup":       `env MARK=%s sh -c 'nohup sleep 300 & echo up; wait'`,
		"script":      `env MARK=%s script -qc 'echo up; sleep 300' /dev/null`,
	}
}

// rootKinds are commands that become another user, which root may do unasked. A
// stop leaves nothing of them.
func rootKinds() map[string]string {
	const words = ` env MARK=%s sh -c 'sleep 300 & (setsid sleep 301 &); echo up; wait'`
	const word = `'env MARK=%s sh -c "sleep 300 & (setsid sleep 301 &); echo up; wait"'`
	return map[string]string{
		"su":            `su -s /bin/sh root -c ` + word,
		"su other":      `su -s /bin/sh nobody -c ` + word,
		"su login":      `su -s /bin/sh - nobody -c ` + word,
		"runuser other": `runuser -u nobody --` + words,
		"sudo":          `sudo -n -u root` + words,
		"sudo other":    `sudo -n -u nobody` + words,
	}
}

// A serviceKind is a command that leaves something running: how the summary names
// it, and the command lines of what stays. Those of what does not stay are others.
type serviceKind struct{ command, named, stays string }

func serviceKinds() map[string]serviceKind {
	kinds := map[string]serviceKind{
		"daemon": {`env MARK=%s sh -c 'setsid -f sleep 300 </dev/null >/dev/null 2>&1; echo up; sleep 301'`, `sleep \([0-9]+\)`, `^sleep 300$`},
		"tmux": {`env MARK=%s sh -c 'tmux -L $MARK -f /dev/null new-session -d "exec sleep 300"; echo up; sleep 301'`,
			`tmux: server \([0-9]+\)`, `^(tmux .*|sleep 300)$`},
		"ssh": {`env MARK=%[1]s ssh -F $HOME/../ssh_config b 'env MARK=%[1]s sh -c "echo up; exec sleep 300"'`, `processes on another host \(ssh\)`, `^sleep 300$`},
	}
	if os.Geteuid() == 0 { // the login user is another one, and $HOME/bin/root a way to become root
		kinds["root"] = serviceKind{`env MARK=%s sh -c '$HOME/bin/root --reuid 0 --clear-groups sh -c "echo up; exec sleep 300" & wait; exit'`,
			`sleep \([0-9]+\)`, `^sleep 300$`}
	}
	return kinds
}

// serviceSite is a Site for them.
func serviceSite(t *testing.T, kind string) *sshtest.Site {
	t.Helper()
	if kind != "root" {
		s := sshtest.New(t)
		s.Daemon("b") // its processes are nobody's children here
		return s
	}
	s := sshtest.New(t, sshtest.Shell("bash"))
	// setpriv for root, in a directory that the login user alone can enter.
	const script = `set -e; mkdir -m 700 "$1"; cp "$2" "$1/root"; chmod 4755 "$1/root"; chown "$3" "$1"`
	out, err := exec.Command("sh", "-c", script, "sh", filepath.Join(s.Home, "bin"), sshtest.Program("setpriv"), s.User).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return s
}

// stopped runs command on a host and ends clsh so.
func stopped(t *testing.T, s *sshtest.Site, end clshtest.Ending, command string) *clshtest.Command {
	t.Helper()
	args := []string{"--kill-after", "2", "-h", "a", command}
	if end.Sig == 0 {
		args = append([]string{"--timeout", "4"}, args...)
	}
	c := clshtest.Start(t, s, args...)
	if end.Sig != 0 {
		c.WaitFor(c.Out, `a: up`, 1)
		c.Signal(end.Sig)
	}
	if end.Sig == syscall.SIGTERM {
		c.SignalUntilEnd(end.Sig)
	}
	if code := c.Wait(); code != end.Code {
		t.Errorf("exit status %d, want %d", code, end.Code)
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
		for i, end := range clshtest.StopEndings() {
			for j, shell := range clshtest.Shells() {
				if !sshtest.Full() && (i != turn%len(clshtest.StopEndings()) || j != turn%len(clshtest.Shells())) {
					continue
				}
				t.Run(strings.Join([]string{kind, end.Name, shell}, "/"), func(t *testing.T) {
					t.Parallel()
					stopLeavesNothing(t, sshtest.New(t, sshtest.Shell(shell)), end, command)
				})
			}
		}
	}
	if os.Geteuid() != 0 {
		return
	}
	sshtest.Need(t, "su", "runuser", "sudo")
	for kind, command := range rootKinds() {
		turn++
		for i, end := range clshtest.StopEndings() {
			if !sshtest.Full() && (i != turn%len(clshtest.StopEndings()) || !strings.HasSuffix(kind, "other")) {
				continue
			}
			t.Run(kind+"/"+end.Name, func(t *testing.T) {
				t.Parallel()
				stopLeavesNothing(t, sshtest.New(t), end, command)
			})
		}
	}
}

func stopLeavesNothing(t *testing.T, s *sshtest.Site, end clshtest.Ending, command string) {
	t.Helper()
	mark := sshtest.Mark()
	c := stopped(t, s, end, fmt.Sprintf(command, mark))
	if left := sshtest.Marked(t, mark); len(left) > 0 && strings.Contains(c.Errs.String(), ": a") && !strings.Contains(c.Errs.String(), "not confirmed") {
		t.Errorf("confirmed, and there is still %v", left)
	}
	s.WaitGone(mark)
}

// TestStopNamesServices: what has left the session and holds nothing of it, what
// runs on another host or as a user that the login may not signal, stays. It is
// named, and the stop is not confirmed; where clsh has not waited for the answer,
// nothing but that stays all the same. On each change: each kind with one ending.
// With --full: all.
func TestStopNamesServices(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "setsid", "tmux", "setpriv")
	for turn, kind := range slices.Sorted(maps.Keys(serviceKinds())) {
		service := serviceKinds()[kind]
		for i, end := range clshtest.StopEndings() {
			if !sshtest.Full() && i != turn {
				continue
			}
			t.Run(kind+"/"+end.Name, func(t *testing.T) {
				t.Parallel()
				s := serviceSite(t, kind)
				mark := sshtest.Mark()
				c := stopped(t, s, end, fmt.Sprintf(service.command, mark))
				t.Cleanup(func() {
					for _, p := range sshtest.Marked(t, mark) {
						_ = syscall.Kill(p.PID, syscall.SIGKILL)
					}
				})
				if end.Sig != syscall.SIGTERM && end.Sig != syscall.SIGKILL {
					c.WantError(`left running: a: `+service.named, `.*not confirmed: a`)
				}
				sshtest.WaitFor(t, "only the service is there", func() bool {
					return !slices.ContainsFunc(sshtest.Marked(t, mark), func(p sshtest.Process) bool {
						return !regexp.MustCompile(service.stays).MatchString(p.Command)
					})
				})
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
	for _, end := range clshtest.Endings()[:3] {
		t.Run(end.Name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			c := clshtest.Start(t, s, "--kill-after", "20", "-h", "a", fmt.Sprintf(`trap "echo got %[1]s; exit 5" %[1]s; trap "echo got TERM" TERM; echo up; while :; do sleep 1; done`, end.Name))
			c.WaitFor(c.Out, `^a: up$`, 1)
			c.Signal(end.Sig)
			c.WaitFor(c.Out, `^a: got `+end.Name+`$`, 1)
			if code := c.Wait(); code != end.Code {
				t.Errorf("exit status %d, want %d", code, end.Code)
			}
			if strings.Contains(c.Out.String(), "got TERM") {
				t.Error("it got TERM, too")
			}
		})
	}
}
