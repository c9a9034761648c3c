package heat

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestACrashIsNoWrongCall sends what Go's runtime and a service manager's
// watchdog send. Go ends by default with exit status 2, which the units take
// for a wrong call, and do not restart.
func TestACrashIsNoWrongCall(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"while it waits":        {"-i", "100", "true"},
		"while a check runs":    {"-i", "100", "echo begun >begun; exec sleep 1000"},
		"while a recovery runs": {"-i", "100", "--threshold", "1", "--recovery", "sh -c 'echo begun >begun'", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, t.TempDir(), args...)
			eventually(t, "it is so far", func() bool { return r.file("begun") != "" || r.out.lines("OK") > 0 })
			r.signal(syscall.SIGABRT)
			select {
			case <-r.exited:
			case <-time.After(2 * patience): // the runtime alone takes 10 s for the tracebacks
			}
			if code := r.wait(); code != 1000+int(syscall.SIGABRT) {
				t.Errorf("ended with %d", code)
			}
			// A goroutine that was running has no stack to show.
			if text := r.err.String(); !strings.Contains(text, "loop.(*Loop).Run") && !strings.Contains(text, "goroutine 1 gp=") {
				t.Errorf("where it was is not in standard error:\n%s", text)
			}
		})
	}
}
