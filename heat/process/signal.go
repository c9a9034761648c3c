package process

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxSignal is the highest signal number (signal(7), SIGRTMAX on Linux).
const maxSignal = 64

// ParseSignal reads a signal as kill(1) takes it: USR1, SIGUSR1 or 10. The
// null signal is none.
func ParseSignal(name string) (syscall.Signal, error) {
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > maxSignal {
			return 0, fmt.Errorf("signal %d: must be from 1 to %d", n, maxSignal)
		}
		return syscall.Signal(n), nil
	}
	full := strings.ToUpper(name)
	if !strings.HasPrefix(full, "SIG") {
		full = "SIG" + full
	}
	if s := unix.SignalNum(full); s != 0 {
		return s, nil
	}
	return 0, fmt.Errorf("no such signal %q\nhint: a name like HUP or SIGHUP, or a number; kill -l lists them", name)
}

// SignalName returns s without SIG: "USR1"; a number where it has no name.
func SignalName(s syscall.Signal) string {
	if s == 0 {
		return ""
	}
	if name := unix.SignalName(s); name != "" {
		return strings.TrimPrefix(name, "SIG")
	}
	return strconv.Itoa(int(s))
}
