package heat

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"clsh/heat/checker"
)

// initGrace is the time between SIGTERM and SIGKILL for what is ended with heat: the
// processes of a PID namespace whose PID 1 it is, or with --init what hooks left.
const initGrace = 8 * time.Second

// A reaper runs heat as its child, takes the statuses of orphans, and passes signals on. Its
// own wait4(-1) would take the statuses of os/exec in the process that runs checks and hooks,
// so the two are apart.
type reaper struct {
	child   int
	ended   chan os.Signal
	adopted *checker.Adopted // with --init; as PID 1 all others are ended with heat
}

// ReaperMain makes this process a reaper that runs heat with args as its child, where it is
// PID 1, or where c asks for --init; is reports whether it did. The child gets the signals
// that come from sys.Signals.
func (c *Command) ReaperMain(args []string, sys System) (code int, is bool) {
	pid1 := os.Getpid() == 1
	if !pid1 && (!c.Init || sys.Reaper != nil) {
		return 0, false
	}
	self, err := os.Executable()
	if err != nil && pid1 {
		return 0, false // without /proc; heat runs and nothing is reaped
	}
	r := &reaper{ended: make(chan os.Signal, 1)}
	if !pid1 {
		if r.adopted, err = checker.NewAdopted(); err != nil {
			return sys.refuse(wrong("--init: needs Linux 5.4 or later and its own /proc: %v", err)), true
		}
	}
	signal.Notify(r.ended, syscall.SIGCHLD)
	// In a group of its own, a terminal's ^C comes to heat once, from here: it counts signals.
	cmd := &exec.Cmd{
		Path: self, Args: args, Stdout: sys.Stdout, Stderr: sys.Stderr, SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	notices, done, err := r.start(cmd)
	if err != nil {
		return sys.refuse(fmt.Errorf("start under the reaper: %w", err)), true
	}
	defer done()
	code = r.serve(sys.Signals, notices)
	if r.adopted == nil {
		endNamespace(r.ended)
	} else if n := r.adopted.End(initGrace, func() { reapAll(0) }); n > 0 {
		fmt.Fprintf(sys.Stderr, "%s: %s that hooks left could not be ended\n", sys.Name, count(n, "process", "processes"))
	}
	return code, true
}

// serve runs until heat has ended, and returns its exit status. Signals wait until heat has
// handlers for them.
func (r *reaper) serve(signals <-chan os.Signal, notices <-chan notice) int {
	var ready <-chan os.Signal
	for {
		select {
		case s := <-ready:
			_ = syscall.Kill(r.child, s.(syscall.Signal))
		case n := <-notices:
			switch {
			case n.what == noteReady:
				ready = signals
			case r.adopted == nil:
			case n.what == noteBegins:
				r.adopted.HookBegins()
			case n.what == noteEnded:
				r.adopted.HookEnded()
			}
			close(n.seen)
		case <-r.ended:
			if r.adopted != nil {
				r.adopted.Look()
			}
			if status, done := reapAll(r.child); done {
				return status
			}
		}
	}
}

// start starts heat. The caller must call done.
func (r *reaper) start(cmd *exec.Cmd) (notices <-chan notice, done func(), err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a socket: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "heat"), os.NewFile(uintptr(pair[1]), "reaper")
	cmd.ExtraFiles = []*os.File{theirs}
	// Of a service manager's watchdog, heat takes over what was meant for this process.
	watchdog := "WATCHDOG_PID=" + strconv.Itoa(os.Getpid())
	environ := slices.DeleteFunc(os.Environ(), func(v string) bool { return v == watchdog })
	cmd.Env = slices.Concat(environ, []string{reaperVariable + "=" + strconv.Itoa(reaperSocket)})
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // who kills the reaper wants heat gone
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	r.child = cmd.Process.Pid
	if r.adopted != nil {
		r.adopted.Began(r.child)
	}
	notices, done = readNotices(ours)
	return notices, done, nil
}

// A notice is what heat sends. seen is closed when the reaper knows.
type notice struct {
	what byte
	seen chan struct{}
}

// readNotices reads what heat sends, and answers each when it has been seen. The caller must
// call done.
func readNotices(f *os.File) (notices <-chan notice, done func()) {
	out, stop, ended := make(chan notice), make(chan struct{}), make(chan struct{})
	read := func() bool {
		var b [1]byte
		if n, _ := f.Read(b[:]); n != 1 {
			return false
		}
		n := notice{b[0], make(chan struct{})}
		select {
		case out <- n:
			<-n.seen
		case <-stop:
			return false
		}
		_, err := f.Write([]byte{noteSeen})
		return err == nil
	}
	go func() {
		defer close(ended)
		for read() {
		}
	}()
	return out, func() { close(stop); f.Close(); <-ended }
}

// reapAll takes the statuses of all children that have ended; done reports that
// child was one of them, and code is its exit status.
func reapAll(child int) (code int, done bool) {
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-1, &ws, unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.EINTR):
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
