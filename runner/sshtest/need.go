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
const Limit = 3 * time.Minute

// Need skips the test where one of the programs is missing, and fails it
// where the environment variable CI is set: a continuous integration that
// skips proves nothing.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, name := range programs {
		missing(t, Program(name) != "", "%s is not installed; scripts/test installs what the tests need", name)
	}
}

// Full reports whether the long matrices are asked for (scripts/test --full).
func Full() bool { return os.Getenv("CLSH_TEST_FULL") != "" }

// NeedFile is Need for a file, such as a device.
func NeedFile(t testing.TB, path string) {
	t.Helper()
	_, err := os.Stat(path)
	missing(t, err == nil, "there is no %s here", path)
}

// NeedPython is Need for a module that an interpreter has.
func NeedPython(t testing.TB, python, module string) {
	t.Helper()
	out, err := exec.Command(python, "-c", "import "+module).CombinedOutput()
	missing(t, err == nil, "%s has no module %s: %v %s", python, module, err, out)
}

// missing skips the test, or fails it in CI, where what it needs is not there.
func missing(t testing.TB, there bool, format string, args ...any) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("CI") != "":
		t.Fatalf(format, args...)
	default:
		t.Skipf(format, args...)
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
	for wait := 5 * time.Millisecond; !cond(); wait = min(wait*3/2, 100*time.Millisecond) {
		pause.Reset(wait)
		select {
		case <-pause.C:
		case <-limit.C:
			t.Fatalf("%s: not within %v", what, Limit)
		}
	}
	t.Logf("%s: after %v", what, time.Since(start).Round(time.Millisecond))
}
