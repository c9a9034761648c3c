package heat

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"clsh/heat/checker"
	"clsh/runner/proc"
)

// GateName is the name (argv[0]) of a process that is about to become a
// recovery script. What follows it are the file to run and its arguments.
//
// The process waits until heat has written its number into the state file. If
// heat is killed before that, it ends and nothing has run. So a recovery that
// runs is always one that the state file names.
const GateName = "heat-hook"

// The gate's descriptors.
const (
	gateOpen  = 3 // heat writes a byte when the script may run
	gateError = 4 // takes the errno of an exec that failed
)

// gateMain is the main of such a process.
func gateMain(args []string, stderr io.Writer) int {
	syscall.CloseOnExec(gateOpen)
	syscall.CloseOnExec(gateError)
	open, failed := os.NewFile(gateOpen, "gate"), os.NewFile(gateError, "gate")
	if len(args) < 3 {
		fmt.Fprintf(stderr, "%s: this name is reserved for heat's hooks\n", GateName)
		return exitUsage
	}
	if n, _ := open.Read(make([]byte, 1)); n != 1 {
		return exitOriginal
	}
	path, argv := args[1], args[2:]
	err := syscall.Exec(path, argv, os.Environ())
	if errors.Is(err, syscall.ENOEXEC) && checker.IsText(path) {
		err = syscall.Exec(shell, shellArgs(path, argv), os.Environ())
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		_, _ = failed.Write([]byte{byte(errno)})
	}
	return 126
}

// A gate is heat's side of it.
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

// pass lets the process become the script.
func (g *gate) pass() {
	_, _ = g.open.Write([]byte{1}) // a process that has ended is noticed by its end
	g.open.Close()
}

// failure returns the error of a script that could not be started, once its
// process has ended.
func (g *gate) failure() error {
	defer g.failed.Close()
	var b [1]byte
	if n, _ := g.failed.Read(b[:]); n == 1 {
		return syscall.Errno(b[0])
	}
	return nil
}
