package proc

import (
	"os"

	"golang.org/x/sys/unix"
)

// awaitExit returns when p has ended, without reaping it. It waits for p's
// pidfd in the runtime's poller (pidfd_open(2): readable when the process has
// ended), so that a thousand children need no thousand threads.
func awaitExit(p *os.Process) {
	fd := -1
	err := p.WithHandle(func(h uintptr) {
		fd, _ = unix.FcntlInt(h, unix.F_DUPFD_CLOEXEC, 0)
	})
	if err != nil || fd < 0 || unix.SetNonblock(fd, true) != nil {
		blockUntilExit(p.Pid)
		return
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	defer f.Close()
	conn, err := f.SyscallConn()
	if err == nil {
		err = conn.Read(hasExited)
	}
	if err != nil {
		blockUntilExit(p.Pid)
	}
}

// hasExited reports whether the process has ended. It does not wait.
func hasExited(pidfd uintptr) bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PIDFD, int(pidfd), &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
	// With nobody to report, the structure stays zero.
	return err != nil || info.Signo != 0
}

// blockUntilExit is for kernels before 5.4, which have no pidfd to wait for.
func blockUntilExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return
		}
	}
}
