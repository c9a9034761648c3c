package checker

import (
	"bytes"
	"errors"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// receive takes a request that the waiter or poll has seen; alive is false, and stays so, when heat is gone.
func (h *helper) receive() (ask byte, fds []int, alive bool) {
	if h.gone {
		return 0, nil, false
	}
	n, oobn, err := receiveNow(socket, h.msg, h.oob)
	if err != nil || n == 0 {
		h.gone = true
		return 0, nil, false
	}
	if n > 1 {
		h.take(h.msg[1:n])
	}
	return h.msg[0], rights(h.oob[:oobn]), true
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

func errnoOf(err error) int {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return int(errno)
	}
	return int(syscall.EIO)
}

// take reads a job. Heat is of the same binary, and sends no other.
func (h *helper) take(job []byte) {
	parts := bytes.Split(job, []byte{0})
	if len(parts) < 4 {
		return
	}
	limit, err1 := strconv.ParseInt(string(parts[0]), 10, 64)
	grace, err2 := strconv.ParseInt(string(parts[1]), 10, 64)
	if errors.Join(err1, err2) != nil {
		return
	}
	h.limit, h.grace, h.path, h.args = time.Duration(limit), time.Duration(grace), string(parts[2]), nil
	for _, arg := range parts[3:] {
		h.args = append(h.args, string(arg))
	}
}
