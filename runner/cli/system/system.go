// Package system is what clsh has of the world outside, and where it keeps what is its own there.
package system

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"clsh/runner/sanitize"
)

// System is what clsh has of the world outside.
type System struct {
	Version        string
	Stdin          *os.File
	Stdout, Stderr io.Writer
	// Terminal tells whether a stream is one, and Size its rows and columns
	// (0, 0 where they are not known).
	StdoutTerminal, StderrTerminal bool
	Size                           func() (rows, cols int)
	// Environ is ssh's environment.
	Environ []string
	// Executable is the path of the running program.
	Executable string
	// Home is the caller's home directory, UID who they are.
	Home string
	UID  int
	// Signals delivers those of Signals that were not ignored at the start.
	Signals <-chan os.Signal

	AsTyped func(text string) string // flags.Tool's; nil: as it is
}

// Signals are those that clsh acts on.
func Signals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1}
}

// Spelled returns a message with its options as they were typed.
func (sys *System) Spelled(text string) string {
	if sys.AsTyped == nil {
		return text
	}
	return sys.AsTyped(text)
}

// Getenv looks up a variable; the last of several wins, as in a shell.
func (sys *System) Getenv(name string) string {
	for i := len(sys.Environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(sys.Environ[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// State is where clsh keeps what outlives a call, under a name, or empty where there is no place.
func (sys *System) State(name string) string { return sys.own("XDG_STATE_HOME", ".local/state", name) }

// own is where clsh keeps what is called name: in the directory of a variable, else in one of the
// home directory (XDG Base Directory Specification). It is empty where there is no place.
func (sys *System) own(variable, inHome, name string) string {
	dir := sys.Getenv(variable)
	if !filepath.IsAbs(dir) {
		if sys.Home == "" {
			return ""
		}
		dir = filepath.Join(sys.Home, inHome)
	}
	return filepath.Join(dir, "clsh", name)
}

// Tell prints a message on standard error. Files and programs have a say in it,
// which must not steer the terminal.
func (sys *System) Tell(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if sys.StderrTerminal {
		text = sanitize.Text(text)
	}
	fmt.Fprintln(sys.Stderr, text)
}

// BesideExecutable returns the path of name beside the program.
func (sys *System) BesideExecutable(name string) string {
	if sys.Executable == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(sys.Executable), name)
}
