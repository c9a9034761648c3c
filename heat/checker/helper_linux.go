package checker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"clsh/heat/executable"
)

// socket is the helper's end of the pair.
const socket = 3

// IsHelper tells whether args are those of a helper.
func IsHelper(args []string) bool { return len(args) > 0 && args[0] == HelperName }

// Helper is the helper's main. It is called first thing in a process whose
// arguments IsHelper accepts, and returns the process's exit status. Its last
// words go to stderr.
func Helper(args []string, stderr io.Writer) int {
	h, err := newHelper(args)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", HelperName, err)
		return 2
	}
	return h.serve()
}

// helper is the subreaper.
type helper struct {
	limit, grace time.Duration
	path         string
	args, env    []string
	null         int
	waiter       *waiter // for the socket, and for the check
	oob          []byte  // for a request's descriptors
	msg          []byte  // for a request; of a shared helper, with a job
	gone         bool    // heat is
}

var errNotHeats = errors.New("this name is heat's own, for the process that runs its checks")

func newHelper(args []string) (*helper, error) {
	h := &helper{env: os.Environ(), oob: make([]byte, unix.CmsgSpace(2*4)), msg: make([]byte, 1)}
	kind, err := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil || kind != unix.SOCK_SEQPACKET || h.take(args[1:]) != nil {
		return nil, errNotHeats
	}
	if h.path == sharedPath {
		h.msg = make([]byte, mostJob+1)
	}
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(50)
	unix.CloseOnExec(socket)
	// For ps and pkill; without it the name is that of the link, "exe".
	_ = os.WriteFile("/proc/self/comm", []byte(HelperName), 0)
	catchSignals()
	ignoreChildSignal()
	if h.waiter, err = newWaiter(socket); err != nil {
		return nil, err
	}
	if h.null, err = unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("open %s: %w", os.DevNull, err)
	}
	return h, nil
}

// catchSignals takes the signals that a terminal or a service manager sends to all
// of heat's processes: the helper ends when heat has. They are caught, not
// ignored, because the check would inherit that; one that is ignored stays so.
func catchSignals() {
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1} {
		if !signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

// becomeSubreaper makes this process the subreaper and tries what ending will need.
func becomeSubreaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return ownProc()
}

// settled is the check after which everything that a check needs is in memory.
const settled = 2

func (h *helper) serve() int {
	if err := becomeSubreaper(); err != nil {
		h.reply(answer{kind: sayUnfit, extra: errnoOf(err)})
		return 0
	}
	h.reply(answer{kind: sayReady})
	for checks := 0; ; {
		if _, err := h.waiter.wait(time.Time{}); err != nil {
			return 2
		}
		ask, fds, alive := h.receive()
		if !alive || ask == askQuit {
			return 0
		}
		if ask == askRun && len(fds) == 2 {
			if !h.run(fds) {
				return 0
			}
			if checks++; checks == settled {
				ReleaseMemory()
			}
			continue
		}
		// A request to end a check that has just ended by itself.
		closeAll(fds)
	}
}

// run runs one check and answers; false: heat is gone.
func (h *helper) run(fds []int) bool {
	if h.reap() {
		closeAll(fds)
		return h.reply(answer{kind: sayBusy})
	}
	pid, pidfd, err := h.start(fds)
	closeAll(fds)
	if err != nil {
		return h.reply(answer{kind: sayCannot, extra: errnoOf(err)})
	}
	defer closeNow(pidfd)
	switch h.await(pidfd) {
	case ended:
		return h.reply(answer{kind: sayExited, pid: pid, status: waitFor(pid)})
	case overLimit:
		return h.reply(answer{kind: sayLimit, pid: pid, extra: h.end(false)})
	case toKill:
		return h.reply(answer{kind: sayStopped, pid: pid, extra: h.end(true)})
	default:
		return h.reply(answer{kind: sayStopped, pid: pid, extra: h.end(false)})
	}
}

// waitFor returns the status of a child whose pidfd says that it has ended. While
// a debugger holds the child, its status is not there yet (ptrace(2)).
func waitFor(pid int) int {
	ended, status, err := waitNow(pid)
	for ended == 0 && (err == nil || errors.Is(err, unix.EINTR)) {
		ended, err = unix.Wait4(pid, &status, 0, nil)
		ended = max(ended, 0)
	}
	return int(status)
}

// start starts the check in a session of its own, so that it has no terminal
// that could stop it. Should the helper be killed, at least the check's first
// process dies with it.
func (h *helper) start(fds []int) (pid, pidfd int, err error) {
	attr := &syscall.ProcAttr{
		Env:   h.env,
		Files: []uintptr{uintptr(h.null), uintptr(fds[0]), uintptr(fds[1])},
		Sys:   &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, PidFD: &pidfd},
	}
	err = executable.OrShell(h.path, h.args, func(path string, args []string) error {
		pid, err = syscall.ForkExec(path, args, attr)
		return err
	})
	return pid, pidfd, err
}

// cause is why the wait for a check is over.
type cause uint8

const (
	ended     cause = iota + 1 // by itself
	overLimit                  // it ran past its limit
	toEnd                      // heat asked to end it, or is gone
	toKill                     // heat asked to kill it
)

func (h *helper) await(pidfd int) cause {
	var deadline time.Time
	if h.limit > 0 {
		deadline = time.Now().Add(h.limit)
	}
	if h.waiter.add(pidfd) != nil {
		return toKill // out of memory: better no check than one without a limit
	}
	defer h.waiter.remove(pidfd)
	for {
		ready, err := h.waiter.wait(deadline)
		switch {
		case err != nil:
			return toKill
		case slices.Contains(ready, int32(pidfd)):
			return ended
		case len(ready) == 0:
			return overLimit
		}
		ask, fds, alive := h.receive()
		closeAll(fds)
		switch {
		case ask == askKill:
			return toKill
		case !alive, ask == askEnd:
			return toEnd
		}
	}
}

// reap takes the statuses of all children that have ended, and tells whether
// there are others.
func (h *helper) reap() (children bool) {
	for {
		pid, _, err := waitNow(-1)
		switch {
		case err != nil:
			return false
		case pid == 0:
			return true
		}
	}
}

// end ends everything under the helper, at once with SIGKILL where kill is
// set, and returns how many processes it could not end.
func (h *helper) end(kill bool) (left int) {
	look := func() ([]process, error) { h.reap(); return descendants(os.Getpid(), process{}) }
	return endAll(h.grace, kill, look, h.watch)
}

// watch waits until one of fds has ended, or the deadline; true: heat wants no
// grace any more.
func (h *helper) watch(fds []unix.PollFd, deadline time.Time) (kill bool) {
	set := fds
	if !h.gone {
		set = append(set[:len(set):len(set)], unix.PollFd{Fd: socket, Events: unix.POLLIN})
	}
	poll(set, deadline)
	if h.gone || set[len(set)-1].Revents == 0 {
		return false
	}
	ask, more, _ := h.receive()
	closeAll(more)
	return ask == askKill
}
