package connections

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// narrow makes a Site whose hosts n1, n2 … are behind a jump host with that
// MaxStartups (sshd_config(5)).
func narrow(t *testing.T, maxStartups string) *sshtest.Site {
	t.Helper()
	s := sshtest.New(t)
	port := s.Daemon("target").Port
	s.Host("n*", "HostName 127.0.0.1", fmt.Sprintf("Port %d", port), "ProxyJump bastion", "HostKeyAlias target")
	s.Daemon("bastion", "-o", "MaxStartups="+maxStartups)
	return s
}

// Hosts behind a jump host that turns away most of a burst all succeed. With
// --full they are 64, 20 times, by default options, which counts on a machine
// that has nothing else to do.
func TestBehindNarrowJumpHost(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	runs, n, limit := 1, 16, "30"
	if sshtest.Full() {
		runs, n, limit = 7, 64, "5"
	}
	away := 0
	for _, maxStartups := range []string{"10:30:100", "3:50:10", "3:100:3"} {
		if !sshtest.Full() && maxStartups != "3:50:10" {
			continue // the worst
		}
		s := narrow(t, maxStartups)
		for range runs {
			began := time.Now()
			c := clshtest.Start(t, s, "-v", "-t", limit, "-h", fmt.Sprintf("n[1-%d]", n), "echo in")
			var want []string
			for i := range n {
				want = append(want, fmt.Sprintf("n%d: in", i+1))
			}
			c.Want(0, want...)
			c.WantNoError("ERROR")
			again := strings.Count(c.Errs.String(), "clsh: refused; attempt")
			away += again
			t.Logf("MaxStartups %s: %d attempts for %d hosts in %s", maxStartups, n+again, n, time.Since(began).Round(time.Millisecond))
		}
	}
	if away == 0 {
		t.Error("no login was refused: the test shows nothing")
	}
}

// Behind a jump host, too, nothing but a server that turns away is tried again.
func TestNotTriedAgainBehindJumpHost(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Refused("closed")
	s.Daemon("open")
	s.Denied("denied")
	s.Host("x", "HostName 127.0.0.1", "Port 1", "ProxyJump open")
	s.Host("y", "HostName 127.0.0.1", "Port 1", "ProxyJump closed")
	s.Host("z", "HostName 127.0.0.1", "Port 1", "ProxyJump denied")
	c := clshtest.Start(t, s, "-v", "-h", "x,y,z", "true")
	c.Want(255)
	c.WantError(`ERROR: x unreachable\n  .*open failed`, `ERROR: y unreachable\n  .*Connection refused`, `ERROR: z unreachable\n  .*Permission denied`)
	c.WantNoError("clsh: refused; attempt")
}

// Hosts that are dead behind a jump host are not tried again, and the others neither
// wait for them nor are stopped, whatever the jump host's LogLevel is.
func TestDeadBehindJumpHost(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	target, jump := fmt.Sprintf("Port %d", s.Daemon("target").Port), fmt.Sprintf("Port %d", s.Daemon("jump").Port)
	good, levels := 4, []string{"ERROR", "QUIET"}
	if sshtest.Full() {
		good, levels = 12, append(levels, "FATAL", "DEBUG3")
	}
	list := fmt.Sprintf("good[1-%d],nojump,false,noprogram", good)
	for _, level := range levels {
		list += ",dead-" + level + ",unknown-" + level
		s.Host("jump-"+level, "HostName 127.0.0.1", jump, "ProxyCommand none", "HostKeyAlias jump", "LogLevel "+level)
		s.Host("dead-"+level, "HostName 127.0.0.1", "Port 1", "ProxyJump jump-"+level)
		s.Host("unknown-"+level, "HostName no-such-host.invalid", "ProxyJump jump-"+level)
	}
	s.Host("good*", "HostName 127.0.0.1", target, "ProxyJump jump-ERROR", "HostKeyAlias target")
	s.Host("nowhere", "HostName no-such-jump.invalid", "ProxyCommand none")
	s.Host("nojump", "ProxyJump nowhere")
	s.Host("false", "ProxyCommand false")
	s.Host("noprogram", "ProxyCommand no-such-program %h")
	c := clshtest.Start(t, s, "-v", "-t", "30", "-h", list, "echo in")
	var want []string
	for i := range good {
		want = append(want, fmt.Sprintf("good%d: in", i+1))
	}
	c.Want(255, want...)
	c.WantError(`ERROR: nojump unreachable\n  ssh: Could not resolve hostname no-such-jump\.invalid`,
		`ERROR: false unreachable\n  the jump host or ProxyCommand closed the connection without giving a reason`,
		`ERROR: noprogram unreachable\n  .*no-such-program: .*not found`)
	for _, level := range levels {
		c.WantError("ERROR: dead-"+level+` unreachable\n  channel 0: open failed: connect failed: Connection refused\n`,
			"ERROR: unknown-"+level+` unreachable\n  channel 0: open failed: connect failed: `)
	}
	c.WantNoError("clsh: refused; attempt", "connection lost")
}

// A host that turns away behind a jump host that does not is tried again.
func TestTurnedAwayBehindJumpHost(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Daemon("jump")
	s.TurnsAway("door", 2)
	config, err := os.ReadFile(s.Config())
	if err != nil {
		t.Fatal(err)
	}
	port := regexp.MustCompile(`Host door\n  HostName 127\.0\.0\.1\n  Port ([0-9]+)`).FindStringSubmatch(string(config))[1]
	s.Host("behind", "HostName 127.0.0.1", "Port "+port, "ProxyJump jump", "HostKeyAlias door")
	c := clshtest.Start(t, s, "-v", "-t", "30", "-h", "behind", "echo in")
	c.Want(0, "behind: in")
	c.WantError(`\[behind\] clsh: refused; attempt 3 of 6`)
}

// --connect-rate spaces the starts, also those of retries, and a signal ends the
// waiting.
func TestSpawnRate(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.TurnsAway("b", 1)
	c := clshtest.Start(t, s, "-t", "30", "--connect-rate", "2", "-h", "a,b,c", "echo in")
	c.Want(0, "a: in", "b: in", "c: in")
	if took := time.Since(c.Began); took < 1500*time.Millisecond {
		t.Errorf("4 starts at 2 a second took %s", took)
	}
	c = clshtest.Start(t, s, "--connect-rate", "1", "-h", "n[1-100]", "echo in")
	c.WaitFor(c.Out, "in$", 2)
	c.Signal(15)
	c.Want(143)
	if n := strings.Count(c.Out.String(), "in\n"); n > 50 {
		t.Errorf("%d hosts have run", n)
	}
	c.WantError(`not started: n\[`)
}

// An interruption between two attempts is no lost host.
func TestInterruptedBetweenAttempts(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.TurnsAway("a", 100)
	c := clshtest.Start(t, s, "-v", "--retry", "50", "-h", "a", "true")
	c.WaitFor(c.Errs, "clsh: refused; attempt", 2)
	c.Signal(2)
	c.Want(130)
	c.WantNoError("ERROR")
	c.WantError("not started: a$")
}

// The record has the number of attempts that a host has taken.
func TestAttemptsAreTold(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.TurnsAway("b", 2)
	c := clshtest.Start(t, s, "-t", "30", "--format", "json", "-h", "a,b", "true")
	c.Want(0)
	for _, pattern := range []string{`"host":"a","rank":0,.*"reason":""}`, `"host":"b","rank":1,.*"reason":"","attempts":3}`} {
		if !regexp.MustCompile(pattern).MatchString(c.Out.String()) {
			t.Errorf("no object matches %s", pattern)
		}
	}
	// The interactive mode connects in the same way.
	s.TurnsAway("d", 2)
	cmd := clshtest.Cmd(t, s, "-v", "-t", "30", "-i", "-h", "d")
	cmd.Stdin = strings.NewReader("echo in\nquit\n")
	i := clshtest.StartCmd(t, cmd)
	if code := i.Wait(); code != 0 || !strings.Contains(i.Out.String(), "d: in\n") {
		t.Errorf("interactive: status %d", code)
	}
	i.WantError(`\[d\] clsh: refused; attempt 3 of 6`)
}
