package privileges

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// pamService makes a service of pam.conf(5) that sudo uses for the Site's user, and returns the line
// of sudoers for it.
func pamService(t *testing.T, s *sshtest.Site, lines ...string) string {
	t.Helper()
	path := filepath.Join("/etc/pam.d", s.User)
	lines = append(lines, "account required pam_permit.so", "session required pam_permit.so")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(path) })
	return "Defaults:USER pam_service=" + s.User
}

// A sudoAccount is an account behind sudo, and what becomes of a word.
type sudoAccount struct {
	name     string
	service  string // lines of the service; "": sudo's own
	expired  bool
	password string // of the account; "": word
	typed    string // "": the right one
	code     int
	reason   string
	failures int // that pam_faillock counts; -1: it is not there
}

// TestSudoAccounts: what an account and its PAM may make of the right word, and a wrong one. Each
// costs the account one failure at most.
func TestSudoAccounts(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	long := strings.Repeat(`%p'" ü\`, 31) + "0123456"
	if len(long) != 255 {
		t.Fatalf("%d bytes", len(long))
	}
	tests := []sudoAccount{
		{"255 bytes", "", false, long, "", 0, "", -1},
		{"expired", "", true, "", "", 255, "password", -1},
		{"right, counted", faillock, false, "", "", 0, "", 0},
		{"wrong, counted", faillock, false, "", "wrong", 255, "sudo refused the password", 1},
	}
	if modules, err := filepath.Glob("/lib/*/security/pam_oath.so"); err == nil && len(modules) > 0 {
		tests = append(tests, sudoAccount{"a second question", "auth required pam_unix.so\nauth required pam_oath.so usersfile=DIR/oath", false, "", "", 255, "sudo refused the password, or asked for a second one", -1})
	} else {
		t.Log("not tried, since pam_oath is not installed: a PAM that asks twice")
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell("bash"))
			password := word
			if test.password != "" {
				password = test.password
			}
			s.Password(password)
			sudoers := "USER ALL=(ALL) ALL"
			if test.service != "" {
				lines := strings.Split(strings.ReplaceAll(test.service, "DIR", s.Dir), "\n")
				sudoers = pamService(t, s, lines...) + "\n" + sudoers
			}
			s.Sudoers(sudoers)
			if test.expired {
				if out, err := exec.Command(sshtest.Program("chage"), "-d", "0", s.User).CombinedOutput(); err != nil {
					t.Fatalf("chage: %v: %s", err, out)
				}
			}
			secret := fmt.Sprintf("HOTP %s - 00112233445566778899aabbccddeeff00112233\n", s.User)
			if err := os.WriteFile(filepath.Join(s.Dir, "oath"), []byte(secret), 0o600); err != nil {
				t.Fatal(err)
			}
			typed := password
			if test.typed != "" {
				typed = test.typed
			}
			limit := "120"
			if test.expired { // nobody answers
				limit = "20"
			}
			c := clshtest.Start(t, s, "--ready-timeout", limit, "--sudo", "-K", "--password-command", wordFile(t, s, typed), "-h", "a", "id -un")
			if code := c.Wait(); code != test.code {
				t.Errorf("exit status %d, want %d", code, test.code)
			}
			if out := c.Out.String(); test.code == 0 && out != "a: root\n" {
				t.Errorf("%q", out)
			}
			if test.reason != "" {
				c.WantError(`(?s).*` + test.reason)
			}
			s.WaitGone()
			if test.failures >= 0 {
				tally, _ := os.ReadFile(filepath.Join(s.Dir, s.User))
				if n := len(tally) / 64; n != test.failures { // of the records in faillock.h, 64 bytes each
					t.Errorf("%d failures are counted, want %d", n, test.failures)
				}
			}
		})
	}
}

// faillock is a service that counts failures in the Site (pam_faillock(8)).
const faillock = `auth required pam_faillock.so preauth silent dir=DIR deny=3
auth [success=1 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail dir=DIR deny=3
auth sufficient pam_faillock.so authsucc dir=DIR deny=3`

// TestEmptyWord: clsh refuses a command that prints none, before anything runs.
func TestEmptyWord(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	for _, command := range []string{"true", "echo"} {
		c := clshtest.Start(t, s, "--sudo", "-K", "--password-command", command, "-h", "a", "true")
		c.Want(2)
		c.WantError("clsh: --password-command: printed no password")
	}
	if log := s.Log(); log != "" {
		t.Errorf("sshd was reached:\n%s", log)
	}
}

// TestJumpHostThatAsks: the word is for the hosts; one between them and clsh gets none.
func TestJumpHostThatAsks(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	s := sshtest.New(t, sshtest.Shell("bash"), sshtest.SSHDConfig(passwordOnly))
	s.Password(word)
	c := clshtest.Start(t, s, "-k", "--password-command", wordFile(t, s, word), "-o", fmt.Sprintf("ProxyCommand=ssh -F %s -W '[%%h]:%%p' jump", s.Config()), "-h", "a", "true")
	c.Want(255)
	c.WantError(`  a jump host, or a program between clsh and ssh, asked for a password$`)
	if strings.Contains(s.Log(), "Failed password") || strings.Contains(s.Log(), "Accepted") {
		t.Errorf("the word was tried:\n%s", s.Log())
	}
	s.WaitGone()
}

// TestOlderSSH: before 8.4 ssh asks a program only where it has a display and no terminal.
func TestOlderSSH(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	fake := filepath.Join(s.Dir, "old-ssh")
	script := `case $* in -V) echo OpenSSH_8.0p1 >&2; exit;; esac
if (: </dev/tty) 2>/dev/null; then echo "a terminal" >&2; exit 255; fi
echo "me@host: Permission denied, DISPLAY=$DISPLAY, $("$SSH_ASKPASS" "me@host's password: ")." >&2
exit 255
`
	if err := os.WriteFile(fake, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := clshtest.Cmd(t, s, "--progress", "never", "--ssh", "sh "+fake, "-k", "--password-command", wordFile(t, s, "a word"), "-h", "n1", "true")
	c, _ := clshtest.StartCmdOnTerminal(t, cmd)
	if code := c.Wait(); code != 255 {
		t.Errorf("exit status %d", code)
	}
	c.WaitFor(c.Out, `DISPLAY=.+, a word\.`, 1)
}

// TestRerunAsks: a rerun takes over the options, and asks for the word again.
func TestRerunAsks(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	s, args := sudoSite(t)
	from := wordFile(t, s, "wrong")
	first := clshtest.Cmd(t, s, append(args, "--sudo", "id -un")...)
	clshtest.StartCmd(t, first).Want(255)
	if wordFile(t, s, word) != from {
		t.Fatal("another file")
	}
	again := clshtest.Cmd(t, s, "--rerun", "rest")
	again.Dir = first.Dir // its runs are the ones that --rerun means
	clshtest.StartCmd(t, again).Want(0, "a: root", "b: root", "c: root")
	s.WaitGone()
}

// TestDoas: doas starts the agent where it asks for nothing; where it would ask it fails for want of a
// terminal. There is one doas.conf for all, so this is tried with --full only.
func TestDoas(t *testing.T) {
	if !sshtest.NeedSudo(t) {
		return
	}
	const config = "/etc/doas.conf"
	if _, err := os.Stat(config); !sshtest.Full() || sshtest.Program("doas") == "" || err == nil {
		t.Logf("not tried: it wants --full, doas, and no %s", config)
		return
	}
	s := sshtest.New(t, sshtest.Shell("bash"))
	t.Cleanup(func() { _ = os.Remove(config) })
	for _, test := range []struct {
		rule, as, out string
		code          int
	}{
		{"permit nopass keepenv USER", "root", "a: root\n", 0},
		{"permit nopass keepenv USER as nobody", "nobody", "a: nobody\n", 0},
		{"permit keepenv USER", "root", "", 255},
		{"deny USER", "root", "", 255},
	} {
		if err := os.WriteFile(config, []byte(strings.ReplaceAll(test.rule, "USER", s.User)+"\n"), 0o400); err != nil {
			t.Fatal(err)
		}
		c := clshtest.Start(t, s, "--become", "doas -u %u --", "--as", test.as, "-h", "a", "id -un")
		if code := c.Wait(); code != test.code || c.Out.String() != test.out {
			t.Errorf("%s: exit status %d, %q", test.rule, code, c.Out)
		}
		if test.code != 0 {
			c.WantError(`(?s).*doas: `)
		}
	}
	mark := sshtest.Mark()
	if err := os.WriteFile(config, []byte("permit nopass keepenv "+s.User+"\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	c := clshtest.Start(t, s, "--become", "doas -u %u --", "--sudo", "--kill-after", "1", "-h", "a", "env MARK="+mark+" setsid sleep 300 & echo up; wait")
	c.WaitFor(c.Out, `a: up`, 1)
	c.Signal(syscall.SIGINT)
	c.Want(130)
	c.WantNoError("not confirmed")
	s.WaitGone(mark)
}
