package checker

import (
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWaitForTheStatus waits for children whose status is there, and for one
// that does not have it yet: so it is with a check that a debugger holds when
// it ends.
func TestWaitForTheStatus(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		command string
		ended   bool // when waitFor begins
		want    syscall.WaitStatus
	}{
		"ended":              {"exit 7", true, 7 << 8},
		"ended by a signal":  {"kill -9 $$", true, syscall.WaitStatus(syscall.SIGKILL)},
		"still to come":      {"read line; exit 7", false, 7 << 8},
		"a signal is coming": {"read line; kill -9 $$", false, syscall.WaitStatus(syscall.SIGKILL)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("/bin/sh", "-c", tt.command)
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if tt.ended {
				// Returns when it has ended, and leaves the status.
				if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
					t.Fatal(err)
				}
			}
			status := make(chan int, 1)
			go func() { status <- waitFor(cmd.Process.Pid) }()
			stdin.Close()
			if got := syscall.WaitStatus(<-status); got != tt.want {
				t.Errorf("status %#x, want %#x", got, tt.want)
			}
			_ = cmd.Process.Release() // it has been waited for
		})
	}
}
