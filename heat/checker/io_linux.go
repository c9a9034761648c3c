package checker

import (
	"errors"
	"strconv"
	"strings"
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
		// Heat is of the same binary, and sends no other.
		_ = h.take(strings.Split(string(h.msg[1:n]), "\x00"))
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
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return int(errno)
	}
	return int(syscall.EIO)
}

// take reads the words of a check.
func (h *helper) take(words []string) error {
	if len(words) < 4 {
		return errNotHeats
	}
	limit, err1 := strconv.ParseInt(words[0], 10, 64)
	grace, err2 := strconv.ParseInt(words[1], 10, 64)
	h.limit, h.grace, h.path, h.args = time.Duration(limit), time.Duration(grace), words[2], words[3:]
	return errors.Join(err1, err2)
}
