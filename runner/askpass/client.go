package askpass

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// Name is what clsh is called as the program of SSH_ASKPASS.
const Name = "clsh-askpass"

// socketName is the socket beside the link of that name.
const socketName = "askpass"

// maxAnswer is more than ssh reads (readpass.c, ssh_askpass).
const maxAnswer = 4096

// parentCheck is how often a question without an answer looks for its ssh.
const parentCheck = 200 * time.Millisecond

// Main asks the run for the answer to the question in args, prints it, and returns the exit
// status: 1 where the question is none that the run knows, which ssh goes on without.
func Main(args []string, stdout io.Writer) int {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
	parent := os.Getppid()
	prompt := ""
	if len(args) > 1 {
		prompt = args[1]
	}
	reply, err := ask(filepath.Join(filepath.Dir(args[0]), socketName), Question{Prompt: prompt, Parent: parent, Group: syscall.Getpgrp()})
	switch {
	case err != nil || len(reply) == 0: // refused, or the run has gone
		await(parent)
		return 1
	case reply[0] != answered:
		return 1
	}
	if _, err := stdout.Write(append(reply[1:], '\n')); err != nil {
		return 1
	}
	return 0
}

// ask returns the run's reply, which is empty where the question is refused.
func ask(path string, q Question) ([]byte, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(q); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(conn, maxAnswer))
}

// await returns when the parent has gone.
func await(parent int) {
	tick := time.NewTicker(parentCheck)
	defer tick.Stop()
	for os.Getppid() == parent {
		<-tick.C
	}
}
