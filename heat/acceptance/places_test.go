package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// TestPartitions has each way in which three places can be cut off from the monitor (c) or from the
// service (b), see it (g), or lack the program (m), each as a check of one heat; and what becomes of the check.
func TestPartitions(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Refused("c1")
	s.Refused("c2")
	s.Refused("c3")
	states := map[string]string{
		"g1-g2-g3": "OK", "g1-g2-b3": "OK", "g1-b2-b3": "OK", "b1-b2-b3": "Failed: Exit Code 7",
		"g1-g2-c3": "OK", "g1-b2-c3": "OK", "b1-b2-c3": "Failed: Exit Code 7", "m1-m2-g3": "Unknown: 1 of 3 places voted, 1 up",
		"g1-c2-c3": "Unknown: 1 of 3 places voted, 1 up", "b1-c2-c3": "Unknown: 1 of 3 places voted, 0 up", "c1-c2-c3": "Unknown: 0 of 3 places voted, 0 up",
	}
	config := "interval = 300\ntimeout = 60\nthreshold = 1\n"
	for name := range states {
		config += fmt.Sprintf("[check.%s]\nfrom = %q\ncommand = \"case $CLSH_HOST in b*) exit 7;; m*) no-such-program;; esac\"\ndelay = 0.001\nrecovery = \"touch repaired-%[1]s\"\n",
			name, strings.ReplaceAll(name, "-", ","))
	}
	c := start(t, s, config)
	for name, want := range states {
		waitLine(t, c, name, want)
		if strings.HasPrefix(want, "Failed") {
			sshtest.WaitFor(t, "the recovery of "+name, func() bool { return exists(c, "repaired-"+name) })
		}
	}
	if err := c.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-c.Done
	if code := c.Cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("exit status %d, want 143", code)
	}
	for name, want := range states {
		if repaired := exists(c, "repaired-"+name); repaired != strings.HasPrefix(want, "Failed") {
			t.Errorf("%s, %s: repaired: %v", name, want, repaired)
		}
	}
	s.WaitGone()
}

// TestPlaces takes three places through a life: the service dies while two of them are cut off, which
// repairs nothing; one comes back, and the service is repaired; heat is killed, and leaves nothing.
func TestPlaces(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	for _, name := range []string{"n1", "n2", "n3"} {
		s.Host(name, fmt.Sprintf("ProxyCommand sh -c 'test ! -e %s && exec sh %s %%n'", filepath.Join(s.Dir, "cut."+name), filepath.Join(s.Dir, "proxy")))
	}
	cut := func(name string) {
		if err := os.WriteFile(filepath.Join(s.Dir, "cut."+name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s.Kill(name)
	}
	down := filepath.Join(s.Home, "down")
	c := start(t, s, "interval = 0.3\ntimeout = 20\n[check.web]\nfrom = \"n[1-3]\"\nthreshold = 2\nrecovery = \"rm "+down+"\"\n"+
		"command = '''\nsleep 0.01; echo no service here >&2\n! test -e "+down+"'''\n")
	waitLine(t, c, "web", "OK")
	cut("n1")
	cut("n2")
	waitLine(t, c, "web", "Unknown: 1 of 3 places voted, 1 up")
	if err := os.WriteFile(down, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	waitLine(t, c, "web", "Unknown: 1 of 3 places voted, 0 up")
	seen := len(lines(c, "web"))
	sshtest.WaitFor(t, "five more checks", func() bool { return len(lines(c, "web")) >= seen+5 })
	if _, err := os.Stat(down); err != nil || strings.Contains(c.Out.String(), "Failed") {
		t.Fatal("one place of three has repaired the service")
	}
	if err := os.Remove(filepath.Join(s.Dir, "cut.n2")); err != nil {
		t.Fatal(err)
	}
	waitLine(t, c, "web", "OK")
	for _, want := range []string{"place n1 is lost: ", "place n2 is lost: ", "place n2 is back", "2 of 3 places voted, 0 up", "recovered after 1 recovery"} {
		if !strings.Contains(c.Errs.String(), want) {
			t.Errorf("standard error lacks %q", want)
		}
	}
	if err := c.Cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-c.Done
	s.WaitGone()
}

// A slow place answers, and votes against the service; a frozen one does not (ssh may notice that
// before heat), has no vote, and delays only the round in which it froze.
func TestSlowAndFrozen(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	slow := filepath.Join(s.Home, "slow")
	c := start(t, s, "interval = 0.3\ntimeout = 3\nkill-after = 1\n[check.web]\nfrom = \"n[1-3]\"\nquorum = \">=100%\"\nquorum-min = 2\n"+
		"command = \"if test -e "+slow+".$CLSH_HOST; then sleep 600; fi\"\n", "--format", "json")
	last := func(want ...string) {
		t.Helper()
		sshtest.WaitFor(t, strings.Join(want, ", "), func() bool {
			text := strings.TrimSpace(c.Out.String())
			line := text[strings.LastIndexByte(text, '\n')+1:]
			for _, w := range want {
				if !strings.Contains(line, w) {
					return false
				}
			}
			return true
		})
	}
	last(`"result":"ok"`)
	if err := os.WriteFile(slow+".n1", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	last(`"result":"failed"`, `"reason":"timeout"`, `"votes":"3 of 3 places voted, 2 up"`)
	if err := os.Remove(slow + ".n1"); err != nil {
		t.Fatal(err)
	}
	last(`"result":"ok"`)
	before := len(c.Out.String())
	thaw := s.Freeze("n2")
	sshtest.WaitFor(t, "the loss of n2", func() bool { return strings.Contains(c.Errs.String(), "place n2 is lost: ") })
	last(`"result":"ok"`)
	if after := c.Out.String()[before:]; strings.Contains(after, "3 of 3 places voted, 2 up") || !strings.Contains(after, "2 of 3 places voted, 2 up") {
		t.Error("a frozen place has voted")
	}
	began := time.Now()
	if err := c.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-c.Done
	if took := time.Since(began); took > sshtest.Limit/3 {
		t.Errorf("the end took %v", took)
	}
	thaw()
	s.WaitGone()
}

// With --once, too few voters are an exit status of their own; a reload with other places connects again.
func TestOnceAndReload(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Refused("c1")
	once := start(t, s, "[check.web]\nfrom = \"n1,c1\"\nquorum-min = 2\ncommand = \"true\"\n", "--once")
	<-once.Done
	if code := once.Cmd.ProcessState.ExitCode(); code != 255 {
		t.Errorf("--once without a quorum: exit status %d, want 255", code)
	}
	c := start(t, s, "[check.web]\nfrom = \"c1\"\ncommand = \"true\"\n")
	waitLine(t, c, "web", "Unknown: 0 of 1 places voted")
	file := filepath.Join(c.Cmd.Dir, "checks.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), `"c1"`, `"n1"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	waitLine(t, c, "web", "OK")
	if !strings.Contains(c.Errs.String(), "reload: 0 added, 1 changed") {
		t.Error("the reload reports nothing")
	}
	if err := c.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-c.Done
	s.WaitGone()
}
