package interactive

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// stateLines are lines and what each prints on standard output; "" means
// nothing.
func stateLines(shell string) [][2]string {
	switch shell {
	case "bash", "dash", "zsh", "ksh":
	default:
		shell = "sh" // hosts with another login shell get it
	}
	return [][2]string{
		{"read -r name </proc/$$/comm; echo $name", shell},
		{"cd /tmp", ""},
		{"pwd", "/tmp"},
		{"X=5", ""},
		{"echo $X", "5"},
		{"umask 027", ""},
		{"umask | tail -c 4", "027"},
		{"f() { echo f $X; }", ""},
		{"f", "f 5"},
		{"export Y=6; sh -c 'echo $Y'", "6"},
		{"sh -c 'echo $Y'", "6"},
		{"cat", ""},
		{"read x || echo empty", "empty"},
		{"printf nonl", "nonl"},
		{`printf '\036%s end 0\n' 0123456789abcdef`, "\x1e0123456789abcdef end 0"},
		{"trap 'echo usr1' USR1; kill -USR1 $$; true", "usr1"},
		{")", ""},
		{`echo "abc`, ""},
		{"echo 'abc", ""},
		{"echo $(", ""},
		{"if true", ""},
		{"kill -USR1 $$; true", "usr1"}, // ksh: not the end of the line
		{"exec 3>/dev/null", ""},
		{"break; continue", ""},
		{"continue", ""},
		{"return 3", ""}, // an error in bash
		{"set -- one two 'th ree'; shift", ""},
		{`echo $# "$2"`, "2 th ree"},
		{"sh -c 'kill -9 $$'", ""}, // 265 in ksh
		{"g() { return 300; }; g", ""},
		{"echo alive $X $PWD", "alive 5 /tmp"},
		{"(exit 7)", ""},
		{"echo $?", "7"},
		{"unset nothing; set -u; echo ${nothing-unset}; set +u", "unset"},
	}
}

// What a line changes in the shell is there for the next, in the login shell
// itself where that is a Bourne shell; nothing that is printed, and no line that
// no shell can read, is taken for something else.
func TestInteractiveState(t *testing.T) {
	t.Parallel()
	for _, shell := range clshtest.Shells() {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell))
			cmd := clshtest.Cmd(t, s, "-i", "-h", "a")
			var typed, want strings.Builder
			want.WriteString("Enter 'quit' to leave this interactive mode\nWorking with nodes: a\n")
			for _, l := range stateLines(shell) {
				typed.WriteString(l[0] + "\n")
				want.WriteString("clsh> -----\n")
				if l[1] != "" {
					want.WriteString("a: " + l[1] + "\n")
				}
				want.WriteString("-----\n")
			}
			cmd.Stdin = strings.NewReader(typed.String())
			c := clshtest.StartCmd(t, cmd)
			if code := c.Wait(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			// A host that printed nothing at all has a line for that; what
			// it said on standard error is there instead.
			got := strings.ReplaceAll(c.Out.String(), "a:\n", "")
			if diff := cmp.Diff(want.String()+"clsh> \n", got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
			s.WaitGone()
		})
	}
}
