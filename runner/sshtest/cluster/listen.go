//go:build linux

package cluster

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Listen serves a port on all addresses of a host of the ground netns, until the test ends: it
// accepts each connection and closes it.
func (h *Host) Listen(port int) {
	h.t.Helper()
	if h.init == nil {
		h.t.Fatalf("listen on %s: not a network namespace", h.Name)
	}
	listener, err := listenIn(h.init.Process.Pid, port)
	if err != nil {
		h.t.Fatalf("listen on %s: %v", h.Name, err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			_ = conn.Close() // that it was accepted is all that it is for
		}
	})
	h.t.Cleanup(func() {
		_ = listener.Close() // its network may have gone before
		accepting.Wait()
	})
}

// listenIn returns a listener in the network namespace of a process. A socket stays in the namespace
// in which it was made; the thread that made it ends with its goroutine, which never unlocks it.
func listenIn(pid, port int) (listener net.Listener, err error) {
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	var listening sync.WaitGroup
	listening.Go(func() {
		runtime.LockOSThread()
		if err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err == nil {
			listener, err = net.Listen("tcp4", fmt.Sprintf(":%d", port))
		}
	})
	listening.Wait()
	return listener, err
}

// Freeze stops every process of a host of the ground netns, its init as well, and returns what
// continues them. Its kernel still acknowledges what it is sent.
func (h *Host) Freeze() (thaw func()) {
	h.t.Helper()
	if h.init == nil {
		h.t.Fatalf("freeze %s: not a network namespace", h.Name)
	}
	both := func(name string, sig syscall.Signal) {
		h.t.Helper()
		h.Run("kill -" + name + " -1") // all but the init and this shell
		if err := h.init.Process.Signal(sig); err != nil {
			h.t.Fatalf("signal the init of %s: %v", h.Name, err)
		}
	}
	both("STOP", syscall.SIGSTOP)
	return func() { both("CONT", syscall.SIGCONT) }
}
