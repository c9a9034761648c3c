package acceptance

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// A host that is lost while its command runs: the message with ssh's reason
// on the next line, all others stopped, or carried on with.
func TestLostInMidCommand(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*sshtest.Site, string){
		"killed": func(s *sshtest.Site, name string) { s.Kill(name) },
		"frozen": func(s *sshtest.Site, name string) { s.Freeze(name) },
	}
	for name, lose := range ways {
		for _, over := range []string{"proxy", "tcp"} {
			t.Run(name+"/"+over, func(t *testing.T) {
				t.Parallel()
				s := sshtest.New(t)
				if over == "tcp" {
					for _, host := range []string{"a", "b", "c"} {
						s.Daemon(host)
					}
				}
				mark := sshtest.Mark()
				c := start(t, s, "--lost-after", "2", "-h", "a,b,c", "echo up; MARK="+mark+" sleep 300")
				c.waitFor(c.out, `: up$`, 3)
				lose(s, "b")
				c.want(255, "a: up", "b: up", "c: up")
				c.wantError(`ERROR: b connection lost\n  \S`, `lost: b\b`, `stopped.*: a,c\b`)
				if name == "killed" { // a frozen host can end nothing
					s.WaitGone(mark)
				}

				release := filepath.Join(s.Home, "release")
				c = start(t, s, "--keep-going", "--lost-after", "2", "-h", "a,d,c", "echo up; while ! test -e "+release+"; do sleep 0.1; done; echo done")
				c.waitFor(c.out, `: up$`, 3)
				lose(s, "d")
				c.waitFor(c.errs, `^ERROR: d connection lost$`, 1)
				create(t, release)
				c.want(255, "a: up", "d: up", "c: up", "a: done", "c: done")
			})
		}
	}
}

// A command that is silent for longer than --lost-after is not lost; with
// --full it is silent for the 20 s of the default's four times.
func TestSilentCommandIsNotLost(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	args := []string{"--lost-after", "1", "-h", "a,b", "sleep 4; echo done"}
	if full() {
		args = []string{"-h", "a,b", "sleep 20; echo done"}
	}
	c := start(t, s, args...)
	c.want(0, "a: done", "b: done")
	c.wantNoError(".")
}

// Nobody is lost when 64 log in at once; with --full on a machine that has
// twice as much to do as it can, which is no company for other tests.
func TestManyLoginsAtOnce(t *testing.T) {
	parallelUnlessFull(t)
	s := sshtest.New(t)
	if full() {
		for range 2 * runtime.NumCPU() {
			burn := exec.Command("sh", "-c", "while :; do :; done")
			if err := burn.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = burn.Process.Kill(); _ = burn.Wait() })
		}
	}
	const n = 64
	var hosts, want []string
	for i := range n {
		hosts = append(hosts, fmt.Sprintf("h%d", i))
		want = append(want, fmt.Sprintf("h%d: in", i))
	}
	c := start(t, s, "-f", "64", "-h", strings.Join(hosts, ","), "echo in")
	c.want(0, want...)
	c.wantNoError("ERROR")
}

// Every host that is stopped because another one was lost is stopped for
// good, also where logins are still under way.
func TestLostWhileOthersLogIn(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Refused("r")
	s.Hangs("h")
	s.Silent("s")
	c := start(t, s, "-t", "1", "-h", "h,s,r,a", "sleep 300")
	c.want(255)
	c.wantError(`ERROR: r unreachable\n  .*refused`, `ERROR: s connection lost\n  .*timed out`)
	c.wantNoError("ERROR: [ha]")
	s.WaitDisconnected()
}

// A process that clsh itself is slow to serve is no lost host: clsh was
// stopped while a host answered, and killed while it was stopped.
func TestKilledWhileStopped(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	mark := sshtest.Mark()
	c := start(t, s, "-h", "a,b", "echo up; MARK="+mark+" sleep 300")
	c.waitFor(c.out, `: up$`, 2)
	c.signal(syscall.SIGSTOP)
	c.signal(syscall.SIGKILL)
	c.want(137)
	s.WaitGone(mark)
}
