package privileges

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// word is the password of the tests' users: what shells, sudo's prompt and printf would read in
// another way.
const word = `p%u %p "q' \n $x ü!`

// wordFile returns the value of --password-command that prints a word.
func wordFile(t *testing.T, s *sshtest.Site, text string) string {
	t.Helper()
	path := filepath.Join(s.Dir, "word")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return "cat " + path
}

// A sudoCase is a host whose sudo asks, or not, and how it goes.
type sudoCase struct {
	name    string
	sudoers string
	options []string // of clsh
	word    string   // what is typed; "": word
	code    int
	out     string // a line of standard output
	reason  string // a pattern in standard error
}

func sudoCases() []sudoCase {
	const allowed, free = "USER ALL=(ALL) ALL", "USER ALL=(ALL) NOPASSWD: ALL"
	ask := []string{"--sudo", "-K"}
	return []sudoCase{
		{"without a password", free, []string{"--sudo"}, "", 0, "root", ""},
		{"as another", free, []string{"--as", "nobody"}, "", 0, "nobody", ""},
		{"not asked", free, ask, "", 0, "root", ""},
		{"right", allowed, ask, "", 0, "root", ""},
		{"right, as another", allowed, []string{"--as", "nobody", "-K"}, "", 0, "nobody", ""},
		{"no -K", allowed, []string{"--sudo"}, "", 255, "", "a password is required\n +hint: -K asks"},
		{"wrong", allowed, ask, "wrong", 255, "", "sudo refused the password"},
		{"a single try", "Defaults:USER passwd_tries=1\n" + allowed, ask, "wrong", 255, "", "sudo: 1 incorrect password attempt"},
		{"not in sudoers", "", ask, "", 255, "", "is not in the sudoers file"},
		{"lecture", "Defaults:USER lecture=always\n" + allowed, ask, "", 0, "root", ""},
		{"use_pty", "Defaults:USER use_pty\n" + allowed, ask, "", 0, "root", ""},
		{"requiretty", "Defaults:USER requiretty\n" + allowed, ask, "", 255, "", "tty.*\n +hint: --tty"},
		{"requiretty, with one", "Defaults:USER requiretty\n" + allowed, []string{"--sudo", "-K", "--tty"}, "", 0, "root", ""},
		{"a prompt of its own", "Defaults:USER passprompt=\"암호: \"\nDefaults:USER passprompt_override\n" + allowed, ask, "", 0, "root", ""},
		{"--become", allowed, []string{"--become", "sudo -S -p %p -u %u --", "--as", "nobody", "-K"}, "", 0, "nobody", ""},
	}
}

// TestSudo: each case with one login shell, going round. With --full: with every one.
func TestSudo(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	for i, c := range sudoCases() {
		for j, shell := range clshtest.Shells() {
			if !sshtest.Full() && j != i%len(clshtest.Shells()) {
				continue
			}
			t.Run(c.name+"/"+shell, func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t, sshtest.Shell(shell))
				s.Password(word)
				s.Sudoers(c.sudoers)
				typed := word
				if c.word != "" {
					typed = c.word
				}
				args := append([]string{"-h", "a"}, c.options...)
				if strings.Contains(strings.Join(args, " "), "-K") {
					args = append(args, "--password-command", wordFile(t, s, typed))
				}
				run := clshtest.Start(t, s, append(args, "id -un")...)
				if code := run.Wait(); code != c.code {
					t.Errorf("exit status %d, want %d", code, c.code)
				}
				if out := strings.ReplaceAll(run.Out.String(), "\r", ""); c.out != "" && out != "a: "+c.out+"\n" {
					t.Errorf("%q", out)
				}
				if c.reason != "" {
					run.WantError(`(?s).*` + c.reason)
				}
				s.WaitGone()
			})
		}
	}
}

// TestSudoStops: a stop ends what runs as another user, and says so. On each change: each kind as each
// user with one ending, with use_pty or without. With --full: all of it.
func TestSudoStops(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	kinds := []struct{ name, command string }{
		{"foreground", `echo up; env MARK=%s sleep 300`},
		{"background", `env MARK=%s sh -c 'sleep 300 & echo up; wait'`},
		{"setsid", `env MARK=%s sh -c 'setsid sleep 300 & echo up; wait'`},
	}
	turn := 0
	for _, kind := range kinds {
		for _, as := range []string{"root", "nobody"} {
			for _, pty := range []string{"", "use_pty"} {
				turn++
				for i, end := range clshtest.StopEndings() {
					if !sshtest.Full() && (i != turn%len(clshtest.StopEndings()) || (turn/4)%2 != turn%2) {
						continue
					}
					t.Run(strings.Join([]string{kind.name, as, pty, end.Name}, "/"), func(t *testing.T) {
						t.Parallel()
						s := sshtest.New(t, sshtest.Shell("bash"))
						s.Password(word)
						defaults := ""
						if pty != "" {
							defaults = "Defaults:USER " + pty
						}
						s.Sudoers(defaults, "USER ALL=(ALL) ALL")
						mark := sshtest.Mark()
						args := []string{"--kill-after", "2", "--as", as, "-K", "--password-command", wordFile(t, s, word), "-h", "a", fmt.Sprintf(kind.command, mark)}
						if end.Sig == 0 {
							args = append([]string{"--timeout", "15"}, args...)
						}
						c := clshtest.Start(t, s, args...)
						c.WaitFor(c.Out, `a: up`, 1)
						if end.Sig != 0 {
							c.Signal(end.Sig)
						}
						if end.Sig == syscall.SIGTERM {
							c.SignalUntilEnd(end.Sig)
						}
						if code := c.Wait(); code != end.Code && (end.Sig != syscall.SIGTERM || code != clshtest.TooSlow) {
							t.Errorf("exit status %d, want %d", code, end.Code)
						}
						if end.Sig == syscall.SIGINT || end.Sig == 0 {
							c.WantNoError("not confirmed")
						}
						s.WaitGone(mark)
					})
				}
			}
		}
	}
}
