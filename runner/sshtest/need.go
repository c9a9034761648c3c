package sshtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Limit is how long the helpers of this package wait for what must come. It
// is generous because a loaded machine is not a defect; how long it really
// took is logged.
const Limit = 60 * time.Second

// Need skips the test where one of the programs is missing, and fails it
// where the environment variable CI is set: a continuous integration that
// skips proves nothing.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if Program(name) != "" {
			continue
		}
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed; scripts/test installs what the tests need", name)
		}
		t.Skipf("%s is not installed", name)
	}
}

// Program returns the absolute path of a program, or "". Directories that
// hold servers are searched too, for they are not on every user's PATH.
func Program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		if path, err = filepath.Abs(path); err == nil {
			return path
		}
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// WaitFor returns when cond holds, and logs how long that took; it fails the
// test when it does not within Limit.
func WaitFor(t testing.TB, what string, cond func() bool) {
	t.Helper()
	start := time.Now()
	limit := time.NewTimer(Limit)
	defer limit.Stop()
	// Where it takes long, looking often would take a processor from it.
	pause := time.NewTimer(0)
	defer pause.Stop()
	for wait := 5 * time.Millisecond; !cond(); wait = min(wait*5/4, 100*time.Millisecond) {
		pause.Reset(wait)
		select {
		case <-pause.C:
		case <-limit.C:
			t.Fatalf("%s: not within %v", what, Limit)
		}
	}
	t.Logf("%s: after %v", what, time.Since(start).Round(time.Millisecond))
}

// NeedTerminals is Need for servers that can give a terminal. One that does
// not run as root cannot where /dev/pts does not belong to the group tty
// already (sshd insists on that), as in some containers.
func (s *Site) NeedTerminals() {
	s.t.Helper()
	cmd := exec.Command("ssh", "-F", s.Config(), "-o", "BatchMode=yes", "-tt", "terminal", "tty")
	cmd.Env = s.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			s.t.Fatalf("this sshd gives no terminals: %s", out)
		}
		s.t.Skipf("this sshd gives no terminals: %s", out)
	}
}
