package loginshells

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A command arrives unchanged: it does what it does under plain ssh, byte
// for byte: all of it with bash, some of it with the shells that differ most from bash; with --full
// all of it with every login shell.
func TestCommandsArriveUnchanged(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ünd so weiter 'und\" so $weiter; ", 100_000/33)
	commands := map[string]string{
		"quotes":      `printf '%s|' "it's" 'a "b"' a\ b '$HOME' "\\" '*'`,
		"newlines":    "echo one\necho two\n\necho three",
		"not ASCII":   `echo 'grüß 안녕 ☃'`,
		"100 KB":      `printf %s '` + strings.NewReplacer("'", "", `"`, "", "$", "").Replace(long) + `' | cksum`,
		"percent":     `echo '100% \n \t %s %b \0101 \\\\'`,
		"marker":      "printf '\\036 clsh ready\\n\\036 clsh 0\\n'; echo end",
		"backslashes": `printf '%s\n' '\\' 'a\nb' '\'`,
		"tab":         "printf '%s\n' 'a\tb'",
		"exit":        "echo before; exit 41",
		"semicolon":   "false; echo after",
		"binary":      `printf '\000\001\377\r\n'`,
		"eof in it":   "cat <<EOF\n$CLSH_NONE text\nEOF",
		"comment":     "echo a # and no more",
		"history":     "echo 'a!b !! !$'",
	}
	for _, shell := range clshtest.SomeShells("bash", "zsh", "fish", "tcsh") {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell))
			for name, command := range commands {
				if shell == "tcsh" && strings.ContainsAny(command, "\n!") {
					continue // no command of tcsh's: newlines in quotes, history
				}
				if shell != "bash" && !sshtest.Full() && !slices.Contains([]string{"quotes", "newlines", "backslashes"}, name) {
					continue
				}
				t.Run(name, func(t *testing.T) {
					want, wantCode := plain(t, s, command)
					if shell == "fish" && (name == "backslashes" || name == "eof in it") {
						wantCode = 123 // fish -c exits with 0 where it cannot parse a command, eval with 123
					}
					c := clshtest.Start(t, s, "-N", "-h", "a", "--", command)
					code := c.Wait()
					got := strings.TrimSuffix(c.Out.String(), "\n") // clsh ends the last line
					if want = strings.TrimSuffix(want, "\n"); got != want || code != wantCode {
						t.Errorf("%q, status %d; plain ssh: %q, %d", got, code, want, wantCode)
					}
				})
			}
		})
	}
}

// plain runs a command by ssh itself.
func plain(t *testing.T, s *sshtest.Site, command string) (out string, code int) {
	t.Helper()
	cmd := exec.Command("ssh", "-F", s.Config(), "-o", "BatchMode=yes", "a", command)
	cmd.Env = s.Env()
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatalf("run ssh: %v", err)
	}
	return stdout.String(), cmd.ProcessState.ExitCode()
}

// What the shell cannot read is the shell's error, and the end of the
// command, not of the session.
func TestCommandsThatNoShellReads(t *testing.T) {
	t.Parallel()
	for _, shell := range clshtest.SomeShells("bash", "fish", "tcsh") {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell))
			for _, command := range []string{`echo "abc`, `)`, `echo 'abc`, `-x`} {
				_, want := plain(t, s, command)
				c := clshtest.Start(t, s, "-h", "a", "--", command)
				if code := c.Wait(); code != want && (code == 0 || code == 255) {
					t.Errorf("%q: status %d, plain ssh %d", command, code, want)
				}
				c.WantNoError("ERROR")
				c.WantError(`a: .`)
			}
			s.WaitGone()
		})
	}
}

// What a login prints before the command begins is not output, on neither
// stream; with --full with every login shell.
func TestLoginNoise(t *testing.T) {
	t.Parallel()
	for _, shell := range clshtest.SomeShells("bash", "zsh", "fish", "tcsh") {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell),
				sshtest.RC("echo NOISE; sh -c 'echo LOUD >&2'; printf 'no newline'"),
				sshtest.SSHDConfig("Banner /etc/passwd"))
			c := clshtest.Start(t, s, "-h", "a,b,c", "echo out; sh -c 'echo err >&2'")
			c.Want(0, "a: out", "b: out", "c: out")
			if got, want := clshtest.SortedLines(c.Errs.String()), "a: err\nb: err\nc: err\n"; got != want {
				t.Errorf("standard error %q, want %q", got, want)
			}
			c = clshtest.Start(t, s, "-v", "-h", "a", "true")
			c.Want(0, "a:")
			c.WantError(".*NOISE", ".*LOUD")
		})
	}
}
