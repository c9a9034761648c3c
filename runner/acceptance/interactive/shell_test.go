package interactive

import (
	"fmt"
	"regexp"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// stuck are commands that do not end by themselves. %s is a mark that all their
// processes hold; none prints "no".
func stuck() map[string]string {
	return map[string]string{
		"sleep":    `: up; env MARK=%s sleep 300; echo no`,
		"loop":     `while :; do env MARK=%s sleep 300; done; echo no`,
		"pipeline": `env MARK=%s sleep 300 | cat; echo no`,
		"function": `f() { env MARK=%s sleep 300; echo no; }; g() { f; echo no; }; g; echo no`,
		"subshell": `(env MARK=%s sleep 300; echo no); echo no`,
		"ignoring": `env MARK=%s sh -c 'trap "" INT; while :; do sleep 1; done'; echo no`,
		"session":  `setsid env MARK=%s sleep 300; echo no`,
	}
}

// ^C ends what runs on every host, the rest of the line with it, and nothing
// else: the shell lives on with its state, and an earlier background job, too. On each change: every
// kind of command with bash, two kinds with two other shells. With --full: all.
func TestInteractiveInterrupt(t *testing.T) {
	t.Parallel()
	for _, shell := range clshtest.SomeShells("bash", "zsh", "ksh") {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell))
			p := clshtest.Interactive(t, s, "--kill-after", "1", "-h", "a,b")
			job, jobs := sshtest.Mark(), 0
			p.Does("X=kept; cd /")
			for kind, command := range stuck() {
				if !sshtest.Full() && shell != "bash" && kind != "loop" && kind != "function" {
					continue
				}
				// Typed ahead: the job may start in the same hundredth of a second as the command.
				mark := sshtest.Mark()
				p.Types("env MARK=" + job + " sleep 300 &\r" + fmt.Sprintf(command, mark) + "\r")
				p.Prompts++
				jobs += 2
				p.Sees(`^-----\r?$`, 2*(p.Prompts-1)+1)
				sshtest.WaitMarked(t, mark, 2)
				p.Types("\x03")
				p.Finished()
				sshtest.WaitGone(t, mark)
				p.Does(`echo "alive $X" ` + kind)
				p.Sees(`^[ab]: alive kept `+kind, 2)
			}
			if regexp.MustCompile(`(?m)^[ab]: no\r?$`).MatchString(p.Out.String()) {
				t.Error("the rest of a line has run")
			}
			if n := len(sshtest.Marked(t, job)); n != jobs {
				t.Errorf("%d of %d background jobs are there", n, jobs)
			}
			p.Leaves(0)
			s.WaitDisconnected()
			if n := len(sshtest.Marked(t, job)); n != jobs {
				t.Errorf("%d of %d background jobs stay", n, jobs)
			}
		})
	}
}

// A flood can be interrupted, and holds up nobody else.
func TestInteractiveFlood(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := clshtest.Interactive(t, s, "-h", "a,b")
	p.Types("yes\r")
	p.Sees(`^[ab]: y`, 1000)
	p.Out.Floods("a: y\r\n", "b: y\r\n")
	p.Types("\x03")
	p.Finished()
	p.Types("test $CLSH_HOST = a && yes; echo mine\r")
	p.Sees(`^b: mine`, 1)
	p.Types("\x03")
	p.Finished()
	p.Does("echo after")
	p.Sees(`^[ab]: after`, 2)
	p.Leaves(0)
	s.WaitGone()
}

// A command that ends the shell ends that shell only; it is reopened.
func TestInteractiveShellEnds(t *testing.T) {
	t.Parallel()
	shells := []string{"bash", "ksh"}
	if sshtest.Full() {
		shells = []string{"bash", "dash", "zsh", "ksh", "fish", "busybox"}
	}
	for _, shell := range shells {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell))
			p := clshtest.Interactive(t, s, "-h", "a,b")
			for i, end := range []string{"test $CLSH_HOST != a || exit 3", "test $CLSH_HOST != a || exec true", "test $CLSH_HOST != a || kill -9 $$", "X=set; test $CLSH_HOST != a || { set -e; false; }", "test $CLSH_HOST != a || kill -TERM 0"} {
				p.Does(end)
				p.Sees(`^Note: a: the shell has ended \(exit status (3|0|137|1|143)\)`, i+1)
				p.Does(fmt.Sprintf("echo again %d $CLSH_HOST $X", i))
				p.Sees(fmt.Sprintf(`^[ab]: again %d [ab]`, i), 2)
			}
			p.Sees(`^b: again 4 b set`, 1)
			p.Leaves(0)
			s.WaitGone()
		})
	}
}
