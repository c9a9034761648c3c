package heat

import (
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// reaperVariable is in the environment of a heat that runs under its reaper, and names the
// descriptor of the socket to it.
const (
	reaperVariable = "HEAT_REAPER_FD"
	reaperSocket   = 3
)

// The bytes of the socket: heat sends one of the first three and gets the last one back.
const (
	noteReady  = 'r' // it has handlers for signals
	noteBegins = 'b' // a hook
	noteEnded  = 'e'
	noteSeen   = 's'
)

// reaperPatience bounds the wait for a reaper that hangs (SIGSTOP).
const reaperPatience = 2 * time.Second

// A Reaper is heat's end of the socket to its reaper, which learns from it when hooks run.
// A nil one has nobody to report to.
type Reaper struct{ f *os.File }

// UnderReaper returns the socket to the reaper of this process, or nil where there is none.
// The program calls it when it receives signals, which the reaper holds back until then, and
// before it looks at its environment: what it starts does not report to the reaper.
func UnderReaper() *Reaper {
	fd, err := strconv.Atoi(os.Getenv(reaperVariable))
	if os.Unsetenv(reaperVariable) != nil || err != nil || fd != reaperSocket {
		return nil
	}
	if _, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil {
		return nil
	}
	syscall.CloseOnExec(fd)
	r := &Reaper{os.NewFile(uintptr(fd), "reaper")}
	r.note(noteReady)
	return r
}

func (r *Reaper) hookBegins() { r.note(noteBegins) }
func (r *Reaper) hookEnded()  { r.note(noteEnded) }

// note waits until the reaper knows. One that does not answer is not asked again.
func (r *Reaper) note(what byte) {
	if r == nil || r.f == nil {
		return
	}
	err := r.f.SetDeadline(time.Now().Add(reaperPatience))
	if err == nil {
		_, err = r.f.Write([]byte{what})
	}
	if err == nil {
		_, err = r.f.Read(make([]byte, 1))
	}
	if err != nil {
		r.f.Close()
		r.f = nil
	}
}
