package reaper

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"clsh/heat/checker"
)

// endGrace is the time between SIGTERM and SIGKILL for what ends with heat: the processes of a PID
// namespace whose PID 1 it is, or with --init what hooks left.
const endGrace = 8 * time.Second

// A reaper runs heat as its child, takes the statuses of orphans, and passes signals on.
type reaper struct {
	child   int
	socket  *os.File // to it
	ended   chan os.Signal
	adopted *checker.Adopted // with --init; as PID 1 all others are ended with heat
}

// Run makes this process a reaper that runs heat as its child, if it is PID 1, or if c asks for
// --init and it does not run under a reaper already; ran reports whether it did, and code is then
// heat's exit status. The error is ErrNoInit where --init cannot work.
func Run(c Config) (code int, ran bool, err error) {
	pid1 := os.Getpid() == 1
	if !pid1 && (!c.Init || c.Client != nil) {
		return 0, false, nil
	}
	self, err := os.Executable()
	if err != nil && pid1 {
		return 0, false, nil // without /proc; heat runs and nothing is reaped
	}
	r := &reaper{ended: make(chan os.Signal, 1)}
	if !pid1 {
		if r.adopted, err = checker.NewAdopted(); err != nil {
			return 0, false, fmt.Errorf("%w: needs Linux 5.4 or later and its own /proc: %w", ErrNoInit, err)
		}
	}
	signal.Notify(r.ended, syscall.SIGCHLD)
	if err := r.start(&exec.Cmd{Path: self, Args: c.Args, Stdout: c.Stdout, Stderr: c.Stderr}); err != nil {
		return 0, false, fmt.Errorf("start under the reaper: %w", err)
	}
	notes := make(chan byte, 1)
	var reading sync.WaitGroup
	reading.Go(func() { r.read(notes) })
	defer reading.Wait()
	defer r.socket.Close()
	code = r.serve(c.Signals, notes)
	if r.adopted == nil {
		endNamespace(r.ended)
	} else if n := r.adopted.End(endGrace, func() { reapAll(0) }); n > 0 {
		noun := "processes"
		if n == 1 {
			noun = "process"
		}
		fmt.Fprintf(c.Stderr, "%s: %d %s that hooks left could not be ended\n", c.Name, n, noun)
	}
	return code, true, nil
}

// serve runs until heat has ended, and returns its exit status. Signals wait until heat has
// handlers for them.
func (r *reaper) serve(signals <-chan os.Signal, notes <-chan byte) int {
	var ready <-chan os.Signal
	for {
		select {
		case s := <-ready:
			_ = syscall.Kill(r.child, s.(syscall.Signal))
		case note := <-notes:
			switch {
			case note == noteReady:
				ready = signals
			case r.adopted == nil:
			case note == noteBegins:
				r.adopted.HookBegins()
			case note == noteEnded:
				r.adopted.HookEnded()
			}
			_, _ = r.socket.Write([]byte{noteSeen}) // if heat has gone, its end says so
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

// start starts heat. The caller must close the socket.
func (r *reaper) start(cmd *exec.Cmd) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("make a socket: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "heat"), os.NewFile(uintptr(pair[1]), "reaper")
	cmd.ExtraFiles = []*os.File{theirs}
	// Of a service manager's watchdog, heat takes over what was meant for this process.
	watchdog := "WATCHDOG_PID=" + strconv.Itoa(os.Getpid())
	environ := slices.DeleteFunc(os.Environ(), func(v string) bool { return v == watchdog })
	cmd.Env = slices.Concat(environ, []string{socketVariable + "=" + strconv.Itoa(socketDescriptor)})
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true,            // so a terminal's ^C comes to heat once, from here: it counts signals
		Pdeathsig: syscall.SIGKILL, // who kills the reaper wants heat gone
	}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		ours.Close()
		return err
	}
	r.child, r.socket = cmd.Process.Pid, ours
	if r.adopted != nil {
		r.adopted.Heat = r.child
	}
	return nil
}

// read reads what heat sends until the socket is closed. Heat sends nothing further before it has an
// answer, so there is always room for a note.
func (r *reaper) read(notes chan<- byte) {
	var b [1]byte
	for n, _ := r.socket.Read(b[:]); n == 1; n, _ = r.socket.Read(b[:]) {
		notes <- b[0]
	}
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
			code, done = 128+int(ws.Signal()), true
		case pid == child:
			code, done = ws.ExitStatus(), true
		}
	}
}

// endNamespace ends all other processes of the namespace. The kernel kills them
// when PID 1 exits; they get SIGTERM and time before that.
func endNamespace(ended <-chan os.Signal) {
	_ = syscall.Kill(-1, syscall.SIGTERM)
	limit := time.After(endGrace)
	for {
		if _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err == unix.ECHILD {
			return
		} else if err == nil && syscall.Kill(-1, 0) != nil {
			return
		}
		select {
		case <-ended:
			reapAll(0)
		case <-limit:
			_ = syscall.Kill(-1, syscall.SIGKILL)
			return
		}
	}
}
