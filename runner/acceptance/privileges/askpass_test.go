package privileges

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// passwordOnly lets a Site's servers take a password, and nothing else.
const passwordOnly = "PubkeyAuthentication no\nPasswordAuthentication yes"

// TestAskPass: ssh's password goes to servers that want one, by either method, and the others are
// not asked.
func TestAskPass(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	const interactive = "PubkeyAuthentication no\nKbdInteractiveAuthentication yes\nUsePAM yes"
	tests := []struct {
		name, server string
		word         string // "": the right one
		code         int
		reason       string
	}{
		{"a key will do", "PasswordAuthentication yes", "wrong", 0, ""},
		{"password", passwordOnly, "", 0, ""},
		{"keyboard-interactive", interactive, "", 0, ""},
		{"password, wrong", passwordOnly, "wrong", 255, `Permission denied`},
		{"keyboard-interactive, wrong", interactive, "wrong", 255, `Permission denied`},
		{"both methods, wrong", interactive + "\nPasswordAuthentication yes", "wrong", 255, `ssh asked .* a second time`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell("bash"), sshtest.SSHDConfig(test.server))
			s.Password(word)
			typed := word
			if test.word != "" {
				typed = test.word
			}
			// PAM takes its time over a failure, and ssh waits for a login no longer than for a session.
			c := clshtest.Start(t, s, "--lost-after", "60", "-k", "--password-command", wordFile(t, s, typed), "-h", "a", "echo hello")
			if code := c.Wait(); code != test.code {
				t.Errorf("exit status %d, want %d", code, test.code)
			}
			if out := c.Out.String(); test.code == 0 && out != "a: hello\n" {
				t.Errorf("%q", out)
			}
			if test.reason != "" {
				c.WantError(`(?s).*` + test.reason)
				if n := strings.Count(s.Log(), "Failed password") + strings.Count(s.Log(), "PAM: Authentication failure"); n != 1 {
					t.Errorf("%d attempts", n)
				}
			}
			s.WaitGone()
		})
	}
}

// Both passwords, over a connection that is kept: the second run logs in without one.
func TestBothPasswords(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	s := sshtest.New(t, sshtest.Shell("bash"), sshtest.SSHDConfig(passwordOnly))
	s.Password(word)
	s.Sudoers("USER ALL=(ALL) ALL")
	from := wordFile(t, s, word)
	clshtest.Start(t, s, "-k", "-K", "--sudo", "--password-command", from, "-h", "a,b,c", "id -un").Want(0, "a: root", "b: root", "c: root")
	s.WaitGone()
}

// Nothing goes to a host whose key is new, unless that is asked for.
func TestUnknownHosts(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	s := sshtest.New(t, sshtest.Shell("bash"), sshtest.SSHDConfig(passwordOnly))
	s.Password(word)
	s.UnknownKeys()
	from := wordFile(t, s, word)
	c := clshtest.Start(t, s, "-k", "--password-command", from, "-h", "a", "echo hello")
	c.Want(255)
	c.WantError(`  No .* host key is known`)
	if strings.Contains(s.Log(), "password for") {
		t.Errorf("the password was tried:\n%s", s.Log())
	}
	clshtest.Start(t, s, "-k", "--password-to-unknown-hosts", "--password-command", from, "-h", "a", "echo hello").Want(0, "a: hello")
}

// A thousand hosts and a mistyped word: one host is given it, then, where the user types again, two
// more. An ssh that asks something else gets no answer.
func TestMistypedWord(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	tried := filepath.Join(s.Dir, "tried")
	fake := s.FakeSSH(`case $1 in -V) echo OpenSSH_9.2p1 >&2; exit;; esac
"$SSH_ASKPASS" "The authenticity of host cannot be established. Are you sure (yes/no)? " && exit 9
word=$("$SSH_ASKPASS" "me@host's password: ") || exit 9
echo "$word" >>` + tried + `
echo "me@host: Permission denied (password)." >&2
exit 255`)
	c := clshtest.Start(t, s, "--ssh", fake, "-k", "--password-command", wordFile(t, s, "mistyped"), "-h", "n[1-1000]", "true")
	if code := c.Wait(); code != 255 {
		t.Errorf("exit status %d", code)
	}
	text, err := os.ReadFile(tried)
	if err != nil || string(text) != "mistyped\n" {
		t.Errorf("tried %q, %v", text, err)
	}
	c.WantError(`unreachable: n[0-9]+$`, `not started: .* \(999\)$`)

	_ = os.Remove(tried)
	cmd := clshtest.Cmd(t, s, "--progress", "never", "--ssh", fake, "-k", "-h", "n[1-1000]", "true")
	c, terminal := clshtest.StartCmdOnTerminal(t, cmd)
	for i := range 3 {
		pattern := `ssh password: $`
		if i > 0 {
			pattern = fmt.Sprintf(`refused \(%d of 3\)`, i)
		}
		c.WaitFor(c.Out, pattern, 1)
		if _, err := fmt.Fprintf(terminal, "mistypedd\x7f%d\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if code := c.Wait(); code != 255 {
		t.Errorf("exit status %d", code)
	}
	text, err = os.ReadFile(tried)
	if err != nil || string(text) != "mistyped0\nmistyped1\nmistyped2\n" {
		t.Errorf("tried %q, %v", text, err)
	}
	if strings.Contains(c.Out.String(), "mistyped") {
		t.Error("the word was echoed")
	}
	s.WaitGone()
}

// TestTwoQuestions: keyboard-interactive may ask for a password, and then for something else. The
// second gets no answer, not even an empty one.
func TestTwoQuestions(t *testing.T) {
	t.Parallel()
	for _, prompts := range [][2]string{
		{"(me@host) Password: ", "(me@host) Verification code: "},
		{"\r(me@host) Password: ", "\r(me@host) 암호를 다시: "},
		{"me@host's password: ", "(me@host) Password: "},
	} {
		s := sshtest.New(t)
		answers := filepath.Join(s.Dir, "answers")
		fake := s.FakeSSH(fmt.Sprintf(`for prompt in "%s" "%s"; do "$SSH_ASKPASS" "$prompt" >>%s; echo >>%[3]s; done; exit 255`, prompts[0], prompts[1], answers))
		c := clshtest.Start(t, s, "--ssh", fake, "-k", "--password-command", wordFile(t, s, "a word"), "-h", "n1", "true")
		c.Want(255)
		c.WantError(`  ssh asked for the password, or something else, a second time$`)
		if text, err := os.ReadFile(answers); err != nil || string(text) != "a word\n\n" {
			t.Errorf("%q: answered %q, %v", prompts, text, err)
		}
		s.WaitGone()
	}
}
