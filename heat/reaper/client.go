package reaper

import (
	"errors"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNoInit reports that --init cannot work on this system. Its text is the option's name, for a
// message that begins with it.
var ErrNoInit = errors.New("--init")

// Config is what Run needs of the world outside.
type Config struct {
	Args   []string // of this process, which heat gets, too
	Name   string   // begins messages
	Init   bool     // --init was given
	Stdout io.Writer
	Stderr io.Writer
	// Signals delivers the signals that are passed on to heat.
	Signals <-chan os.Signal
	// Client is what Connect returned.
	Client *Client
}

// socketVariable is in the environment of a heat that runs under its reaper, and names the
// descriptor of the socket to it.
const (
	socketVariable   = "HEAT_REAPER_FD"
	socketDescriptor = 3
)

// The bytes of the socket: heat sends one of the first three and gets the last one back.
const (
	noteReady  = 'r' // it has handlers for signals
	noteBegins = 'b' // a hook
	noteEnded  = 'e'
	noteSeen   = 's'
)

// patience bounds the wait for a reaper that hangs (SIGSTOP).
const patience = 2 * time.Second

// A Client is heat's end of the socket to its reaper. A nil one has nobody to report to. It is safe for
// concurrent use.
type Client struct {
	mu    sync.Mutex
	f     *os.File
	hooks int // that run
}

// Connect returns the socket to the reaper of this process, or nil if there is none. The program
// calls it when it receives signals, which the reaper holds back until then, and before it looks at
// its environment: what it starts does not report to the reaper.
func Connect() *Client {
	fd, err := strconv.Atoi(os.Getenv(socketVariable))
	if os.Unsetenv(socketVariable) != nil || err != nil || fd != socketDescriptor {
		return nil
	}
	if _, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil {
		return nil
	}
	syscall.CloseOnExec(fd)
	c := &Client{f: os.NewFile(uintptr(fd), "reaper")}
	c.send(noteReady)
	return c
}

// HookBegins reports that a hook is about to be started.
func (c *Client) HookBegins() { c.count(1) }

// HookEnded reports that a hook has ended.
func (c *Client) HookEnded() { c.count(-1) }

// count reports the first hook that begins, and the last that ends: with several checks they run
// beside each other, and what is adopted meanwhile is theirs.
func (c *Client) count(n int) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hooks += n
	switch {
	case n > 0 && c.hooks == 1:
		c.send(noteBegins)
	case n < 0 && c.hooks == 0:
		c.send(noteEnded)
	}
}

// send waits until the reaper knows. One that does not answer is not asked again.
func (c *Client) send(note byte) {
	if c.f == nil {
		return
	}
	err := c.f.SetDeadline(time.Now().Add(patience))
	if err == nil {
		_, err = c.f.Write([]byte{note})
	}
	if err == nil {
		_, err = c.f.Read(make([]byte, 1))
	}
	if err != nil {
		c.f.Close()
		c.f = nil
	}
}
