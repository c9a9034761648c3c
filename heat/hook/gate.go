package hook

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"clsh/heat/executable"
	"clsh/runner/proc"
)

// GateName is the name (argv[0]) of a process that is about to become a hook. The file to run and
// its arguments follow.
const GateName = "heat-hook"

// The gate's descriptors.
const (
	gateOpen  = 3 // heat writes a byte when the hook may run
	gateError = 4 // takes the errno of an exec that failed
)

// IsGate reports whether args are those of a process that Gate is the main function of.
func IsGate(args []string) bool { return len(args) > 0 && args[0] == GateName }

// Gate waits until heat lets it become the hook that args name. It returns only if it cannot, with
// an exit status. A complaint goes to stderr.
func Gate(args []string, stderr io.Writer) int {
	syscall.CloseOnExec(gateOpen)
	syscall.CloseOnExec(gateError)
	open, failed := os.NewFile(gateOpen, "gate"), os.NewFile(gateError, "gate")
	if len(args) < 3 {
		fmt.Fprintf(stderr, "%s: this name is reserved for heat's hooks\n", GateName)
		return 2
	}
	if n, _ := open.Read(make([]byte, 1)); n != 1 {
		return 1
	}
	err := executable.OrShell(args[1], args[2:], func(path string, args []string) error {
		return syscall.Exec(path, args, os.Environ())
	})
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		_, _ = failed.Write([]byte{byte(errno)})
	}
	return 126
}

// A gate is heat's side of one.
type gate struct{ open, failed *os.File }

// startGate starts cmd as a process that waits at a gate, for pass.
func startGate(cmd *exec.Cmd) (p *proc.Process, g *gate, err error) {
	theirs, open, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("make a pipe for a hook: %w", err)
	}
	defer theirs.Close()
	failed, theirError, err := os.Pipe()
	if err != nil {
		open.Close()
		return nil, nil, fmt.Errorf("make a pipe for a hook: %w", err)
	}
	defer theirError.Close()
	cmd.Args = append([]string{GateName, cmd.Path}, cmd.Args...)
	cmd.Path = "/proc/self/exe"
	cmd.ExtraFiles = []*os.File{theirs, theirError}
	if p, err = proc.Start(cmd); err != nil {
		open.Close()
		failed.Close()
		return nil, nil, err
	}
	return p, &gate{open, failed}, nil
}

// pass lets the process become the hook.
func (g *gate) pass() {
	_, _ = g.open.Write([]byte{1}) // a process that has ended is noticed by its end
	g.open.Close()
}

// failure returns the error of a hook that could not be started, once its process has ended.
func (g *gate) failure() error {
	defer g.failed.Close()
	var b [1]byte
	if n, _ := g.failed.Read(b[:]); n == 1 {
		return syscall.Errno(b[0])
	}
	return nil
}
