package loginshells

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A profileCase is a line of a profile that may keep the login shell from the
// command.
type profileCase struct {
	line string
	ran  bool // the command runs all the same
}

// profileCases returns the lines for a shell.
func profileCases(shell string) []profileCase {
	cases := []profileCase{
		{"exec dash", false}, {"exec zsh -l", false}, {"exec fish", false}, {"exec true", false},
		{"exit 0", false}, {"exit 7", false}, {"kill -TERM $$", false}, {"kill -KILL $$", false},
	}
	switch shell {
	case "fish":
		return append(cases[:4:4], []profileCase{
			{"exit 0", true}, {"return 7", true}, // of config.fish
			{"kill -TERM $fish_pid", false}, {"kill -KILL $fish_pid", false}, {"read x", true}, {"cat", true},
		}...)
	case "tcsh":
		return append(cases[:4:4], []profileCase{
			{"exit 7", true},                                // of .login
			{"kill -KILL $$", false}, {"set x = $<", false}, // which eats what makes it take the command
		}...)
	case "zsh":
		cases[1].line = "exec zsh -f"
	}
	return append(cases, []profileCase{
		{"read x", true}, {"cat", true}, {"return", true}, {"exec </dev/null", true}, {"exec 2>&1", true}, {"exec >/dev/null", true},
		{"exec >/dev/null 2>&1", true}, {"exec 1>&-", true}, {"exec 0<&- 1>&- 2>&-", true}, {"exec 3>&- 4>&- 5<&-", true},
	}...)
}

// A command that its login shell never took is no success, and one that it took
// ends with its own status, whatever the profile does. On each change: with bash every second line,
// of which TestProfileInteractive has the others, with another shell one line. With --full: all.
func TestProfile(t *testing.T) {
	t.Parallel()
	for n, shell := range clshtest.Shells() {
		for i, c := range profileCases(shell) {
			if !sshtest.Full() && i != n && (shell != "bash" || i%2 != 0) {
				continue
			}
			t.Run(shell+" "+strings.ReplaceAll(c.line, "/", "_"), func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t, sshtest.Shell(shell), sshtest.Profile(c.line))
				checkProfile(t, clshtest.Start(t, s, "-h", "a", `echo RAN; sh -c 'echo ERR >&2'; exit 3`), c, "RAN")
				if shell == "tcsh" {
					return // a login shell without arguments only
				}
				file := filepath.Join(s.Home, "made")
				cmd := clshtest.Cmd(t, s, "--stdin", "-h", "a", `cat; sh -c 'echo ERR >&2'; exit 3`)
				cmd.Stdin = strings.NewReader("touch " + file + "\n")
				checkProfile(t, clshtest.StartCmd(t, cmd), c, "touch "+file)
				if _, err := os.Stat(file); err == nil {
					t.Error("a shell has executed the data")
				}
			})
		}
	}
}

func checkProfile(t *testing.T, c *clshtest.Command, want profileCase, out string) {
	t.Helper()
	if want.ran {
		c.Want(3, "a: "+out)
		c.WantError("a: ERR")
		return
	}
	if code := c.Wait(); code != 255 {
		t.Errorf("status %d, want 255", code)
	}
	c.WantError(`.*its login shell ended with status \d+ before it began the command.*profile.*--no-login`)
}

// The same in an interactive session, where the shells that are no Bourne shells
// are not used.
func TestProfileInteractive(t *testing.T) {
	t.Parallel()
	for n, shell := range []string{"bash", "dash", "zsh", "ksh"} {
		for i, c := range profileCases(shell) {
			if !sshtest.Full() && i != 2*n && (shell != "bash" || i%2 != 1) {
				continue
			}
			t.Run(shell+" "+strings.ReplaceAll(c.line, "/", "_"), func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t, sshtest.Shell(shell), sshtest.Profile(c.line))
				got := typed(t, s, "echo RAN; echo ERR >&2", "cat; (exit 3)", "echo $?")
				if c.ran {
					if code := got.Wait(); code != 0 {
						t.Errorf("status %d", code)
					}
					got.WaitFor(got.Out, `^a: RAN$`, 1)
					got.WaitFor(got.Out, `^a: 3$`, 1)
					got.WantError(`a: ERR`)
					return
				}
				got.Wait() // 0: the host is set aside
				got.WantError(`ERROR: a unreachable\n  .*its login shell ended with status \d+ before it took a command.*profile.*--no-login`)
			})
		}
	}
}

// typed starts a session with host a that lines are typed into.
func typed(t *testing.T, s *sshtest.Site, lines ...string) *clshtest.Command {
	t.Helper()
	cmd := clshtest.Cmd(t, s, "-i", "-h", "a")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\nquit\n")
	return clshtest.StartCmd(t, cmd)
}

// A profile that hangs is given up after --ready-timeout, and its host unreachable;
// with --full in each way of running with each shell, else with bash.
func TestProfileHangs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ shell, rc string }{
		{"bash", "sleep 300"}, {"dash", "while :; do sleep 300; done"}, {"fish", "if status is-login; sleep 300; end"},
	} {
		for i, args := range [][]string{
			{"--ready-timeout", "3", "-h", "a", "true"},
			{"--ready-timeout", "3", "--stdin", "-h", "a", "cat"},
			{"--timeout", "3", "-h", "a", "true"},
		} {
			if !sshtest.Full() && c.shell != "bash" && i > 0 {
				continue
			}
			t.Run(c.shell+" "+strings.Join(args, " "), func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t, sshtest.Shell(c.shell), sshtest.Profile(c.rc))
				cmd := clshtest.Cmd(t, s, args...)
				cmd.Stdin = strings.NewReader("data\n")
				got := clshtest.StartCmd(t, cmd)
				got.Want(255)
				got.WantError(`.*its login shell did not begin the command within 3s \(` + args[0] + `\).*profile`)
				s.WaitGone()
			})
		}
	}
}

// The same with a terminal, which profiles do not read either.
func TestProfileTerminal(t *testing.T) {
	t.Parallel()
	for i, shell := range []string{"bash", "dash", "zsh", "ksh", "fish"} {
		for j, c := range []profileCase{{"exec dash", false}, {"exec true", false}, {"read x", true}, {"cat", true}} {
			if !sshtest.Full() && shell != "bash" && i%4 != j {
				continue
			}
			t.Run(shell+" "+c.line, func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t, sshtest.Shell(shell), sshtest.Profile(c.line))
				s.NeedTerminals()
				got := clshtest.Start(t, s, "--tty", "-h", "a", "echo RAN; tty -s && exit 3")
				if c.ran {
					got.Want(3, "a: RAN\r")
					return
				}
				got.Want(255)
				got.WantError(`.*its login shell ended with status \d+ before it began the command.*profile.*--no-login`)
			})
		}
	}
}
