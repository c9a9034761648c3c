package privilege

import (
	"slices"
	"strings"
	"testing"

	"clsh/runner/flags"
)

// typed are the origins of options that were typed.
func typed(names ...string) flags.Origins {
	origins := flags.Origins{}
	for _, name := range names {
		origins[name] = flags.Origin{Rank: flags.Typed}
	}
	return origins
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		o     Options
		typed string
		raw   bool
		want  string // the beginning of the error; "": none
	}{
		{Options{}, "", true, ""},
		{Options{Sudo: true}, "sudo", false, ""},
		{Options{Sudo: true}, "sudo", true, "--sudo: cannot be combined with --no-agent"},
		{Options{As: "x"}, "as", true, "--as: cannot be combined with --no-agent"},
		{Options{As: "-x"}, "as", false, `--as: "-x" is not a user name`},
		{Options{As: "x y"}, "as", false, `--as: "x y" is not a user name`},
		{Options{As: "#1000"}, "as", false, ""},
		{Options{}, "as", false, "--as: no user given"},
		{Options{BecomeBy: "doas -u %u --"}, "become", false, "--become: needs --sudo"},
		{Options{BecomeBy: "doas -u %u --"}, "", false, ""},
		{Options{Sudo: true, BecomeBy: "doas -u %u --"}, "", false, ""},
		{Options{Sudo: true, BecomeBy: " "}, "become", false, "--become: no program given"},
		{Options{Sudo: true, BecomeBy: `doas "it's"`}, "become", false, `--become: "it's": quotes`},
		{Options{AskSudo: true}, "ask-sudo", false, "--ask-sudo: needs --sudo"},
		{Options{AskSudo: true}, "", false, ""},
		{Options{Sudo: true, AskSudo: true, BecomeBy: "doas -u %u --"}, "ask-sudo", false, "--ask-sudo: --become doas -u %u -- has no place for a prompt"},
		{Options{Sudo: true, AskSudo: true, BecomeBy: "sudo -S -p %p --"}, "ask-sudo", false, ""},
		{Options{Sudo: true, BecomeBy: "sudo -S -p %p --"}, "become", false, "--become: needs --ask-sudo"},
		{Options{PasswordCommand: "x"}, "password-command", false, "--password-command: needs"},
		{Options{PasswordCommand: "x"}, "", false, ""},
		{Options{PasswordToUnknownHosts: true}, "password-to-unknown-hosts", false, "--password-to-unknown-hosts: needs"},
		{Options{AskPass: true, PasswordCommand: "x", PasswordToUnknownHosts: true}, "ask-pass", false, ""},
	}
	for _, test := range tests {
		test.o.Settle(typed(test.typed), false)
		err := test.o.Check(test.raw)
		if got := err; (got == nil) != (test.want == "") || got != nil && !strings.HasPrefix(got.Error(), test.want) {
			t.Errorf("%+v, %q typed: %v, want %q", test.o, test.typed, got, test.want)
		}
	}
}

func TestBecome(t *testing.T) {
	t.Parallel()
	tests := []struct {
		o    Options
		want string
	}{
		{Options{}, ""},
		{Options{Sudo: true}, "sudo -n -H -u root --"},
		{Options{Sudo: true, As: "www"}, "sudo -n -H -u www --"},
		{Options{As: "www", AskSudo: true}, "sudo -S -p %p -H -u www --"},
		{Options{Sudo: true, BecomeBy: "run0 --user=%u 100%%"}, "run0 --user=root 100%"},
		{Options{As: "www", AskSudo: true, BecomeBy: "s -p %p -u %u"}, "s -p %p -u www"},
	}
	for _, test := range tests {
		become, err := test.o.Become()
		if got := strings.Join(become.Program, " "); got != test.want || err != nil {
			t.Errorf("%+v: %q, %v", test.o, got, err)
		}
	}
	terminal, err := (&Options{As: "www", AskSudo: true}).Become()
	if got := terminal.WithoutPrompt(); err != nil || !slices.Equal(got, []string{"sudo", "-H", "-u", "www", "--"}) {
		t.Errorf("%q, %v", got, err)
	}
}
