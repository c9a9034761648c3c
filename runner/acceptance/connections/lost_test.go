package connections

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A host that is lost while its command runs: the message with ssh's reason
// on the next line, all others stopped, or carried on with. On each change: each way over one kind
// of connection. With --full: over both.
func TestLostInMidCommand(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*sshtest.Site, string){
		"killed": func(s *sshtest.Site, name string) { s.Kill(name) },
		"frozen": func(s *sshtest.Site, name string) { s.Freeze(name) },
	}
	for name, lose := range ways {
		for _, over := range []string{"proxy", "tcp"} {
			if !sshtest.Full() && (name == "killed") != (over == "proxy") {
				continue
			}
			t.Run(name+"/"+over, func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t)
				if over == "tcp" {
					for _, host := range []string{"a", "b", "c"} {
						s.Daemon(host)
					}
				}
				mark := sshtest.Mark()
				c := clshtest.Start(t, s, "--lost-after", "2", "-h", "a,b,c", "echo up; MARK="+mark+" sleep 300")
				c.WaitFor(c.Out, `: up$`, 3)
				lose(s, "b")
				c.Want(255, "a: up", "b: up", "c: up")
				c.WantError(`ERROR: b connection lost\n  \S`, `lost: b\b`, `stopped.*: a,c\b`)
				if name == "killed" { // a frozen host can end nothing
					s.WaitGone(mark)
				}

				release := filepath.Join(s.Home, "release")
				c = clshtest.Start(t, s, "--keep-going", "--lost-after", "2", "-h", "a,d,c", "echo up; while ! test -e "+release+"; do sleep 0.1; done; echo done")
				c.WaitFor(c.Out, `: up$`, 3)
				lose(s, "d")
				c.WaitFor(c.Errs, `^ERROR: d connection lost$`, 1)
				clshtest.Touch(t, release)
				c.Want(255, "a: up", "d: up", "c: up", "a: done", "c: done")
			})
		}
	}
}

// A command that is silent for longer than --lost-after is not lost; with
// --full it is silent for the 20 s of the default's four times.
func TestSilentCommandIsNotLost(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	args := []string{"--lost-after", "2", "-h", "a,b", "sleep 6; echo done"}
	if sshtest.Full() {
		args = []string{"-h", "a,b", "sleep 20; echo done"}
	}
	c := clshtest.Start(t, s, args...)
	c.Want(0, "a: done", "b: done")
	c.WantNoError(".")
}

// Nobody is lost when 16 log in at once; with --full 64, on a machine that has
// twice as much to do as it can, which is no company for other tests.
func TestManyLoginsAtOnce(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	s := sshtest.New(t)
	n := 16
	if sshtest.Full() {
		n = 64
		for range 2 * runtime.NumCPU() {
			burn := exec.Command("sh", "-c", "while :; do :; done")
			if err := burn.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = burn.Process.Kill(); _ = burn.Wait() })
		}
	}
	var hosts, want []string
	for i := range n {
		hosts = append(hosts, fmt.Sprintf("h%d", i))
		want = append(want, fmt.Sprintf("h%d: in", i))
	}
	c := clshtest.Start(t, s, "-f", fmt.Sprint(n), "-h", strings.Join(hosts, ","), "echo in")
	c.Want(0, want...)
	c.WantNoError("ERROR")
}

// Every host that is stopped because another one was lost is stopped for
// good, also where logins are still under way.
func TestLostWhileOthersLogIn(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Refused("r")
	s.Hangs("h")
	s.Silent("s")
	c := clshtest.Start(t, s, "-t", "1", "-h", "h,s,r,a", "sleep 300")
	c.Want(255)
	c.WantError(`ERROR: r unreachable\n  .*refused`, `ERROR: s connection lost\n  .*timed out`)
	c.WantNoError("ERROR: [ha]")
	s.WaitDisconnected()
}

// A process that clsh itself is slow to serve is no lost host: clsh was
// stopped while a host answered, and killed while it was stopped.
func TestKilledWhileStopped(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	mark := sshtest.Mark()
	c := clshtest.Start(t, s, "-h", "a,b", "echo up; MARK="+mark+" sleep 300")
	c.WaitFor(c.Out, `: up$`, 2)
	c.Signal(syscall.SIGSTOP)
	c.Signal(syscall.SIGKILL)
	c.Want(137)
	s.WaitGone(mark)
}
