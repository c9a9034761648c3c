package heat

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// initGrace is the time between SIGTERM and SIGKILL for the processes of a PID
// namespace whose PID 1 heat is.
const initGrace = 8 * time.Second

// ReaperMain makes this process, where it is PID 1, the reaper of its namespace
// and runs heat with args as its child; is reports whether it did. Its own
// wait4(-1) would take the statuses of os/exec in the process that runs checks
// and hooks, so the two are apart. The child gets the signals that come from
// caught.
func ReaperMain(args []string, caught <-chan os.Signal, stdout, stderr *os.File) (code int, is bool) {
	if os.Getpid() != 1 {
		return 0, false
	}
	self, err := os.Executable()
	if err != nil {
		return 0, false // without /proc; heat runs and nothing is reaped
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	cmd := &exec.Cmd{
		Path: self, Args: args, Stdout: stdout, Stderr: stderr,
	}
	if err := cmd.Start(); err != nil {
		_, _ = stderr.WriteString("heat: start under the reaper: " + err.Error() + "\n")
		return exitOriginal, true
	}
	child := cmd.Process.Pid
	for {
		select {
		case s := <-caught:
			_ = syscall.Kill(child, s.(syscall.Signal))
		case <-ended:
			if status, done := reapAll(child); done {
				endNamespace(ended)
				return status, true
			}
		}
	}
}

// reapAll takes the statuses of all children that have ended; done reports that
// child was one of them, and code is its exit status.
func reapAll(child int) (code int, done bool) {
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-1, &ws, unix.WNOHANG, nil)
		switch {
		case err == unix.EINTR:
		case err != nil || pid <= 0:
			return code, done
		case pid == child && ws.Signaled():
			code, done = exitSignal+int(ws.Signal()), true
		case pid == child:
			code, done = ws.ExitStatus(), true
		}
	}
}

// endNamespace ends all other processes of the namespace. The kernel kills them
// when PID 1 exits; they get SIGTERM and time before that.
func endNamespace(ended <-chan os.Signal) {
	_ = syscall.Kill(-1, syscall.SIGTERM)
	limit := time.NewTimer(initGrace)
	defer limit.Stop()
	for {
		if _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err == unix.ECHILD {
			return
		} else if err == nil && syscall.Kill(-1, 0) != nil {
			return
		}
		select {
		case <-ended:
			reapAll(0)
		case <-limit.C:
			_ = syscall.Kill(-1, syscall.SIGKILL)
			return
		}
	}
}
