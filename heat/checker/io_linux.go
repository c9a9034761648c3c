package checker

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// receive takes a request that the waiter or poll has seen; alive is false, and stays so, when heat is gone.
func (h *helper) receive() (ask byte, fds []int, alive bool) {
	if h.gone {
		return 0, nil, false
	}
	var msg [1]byte
	n, oobn, err := receiveNow(socket, msg[:], h.oob)
	if err != nil || n == 0 {
		h.gone = true
		return 0, nil, false
	}
	return msg[0], rights(h.oob[:oobn]), true
}

// rights takes the descriptors out of a control message.
func rights(oob []byte) []int {
	list, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	var fds []int
	for i := range list {
		if got, err := unix.ParseUnixRights(&list[i]); err == nil {
			fds = append(fds, got...)
		}
	}
	return fds
}

// reply answers heat; false: it is gone.
func (h *helper) reply(a answer) bool {
	if !h.gone {
		h.gone = sendNow(socket, a.encode(), nil) != nil
	}
	return !h.gone
}

// poll waits for one of set, or until the deadline; the zero time is none.
func poll(set []unix.PollFd, deadline time.Time) {
	timeout := -1
	if !deadline.IsZero() {
		// Rounded up, or the last millisecond would be spent spinning.
		timeout = max(0, int((time.Until(deadline)+time.Millisecond-1)/time.Millisecond))
	}
	if _, err := unix.Poll(set, timeout); err != nil {
		for i := range set {
			set[i].Revents = 0
		}
	}
}

func errnoOf(err error) int {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return int(errno)
	}
	return int(syscall.EIO)
}
