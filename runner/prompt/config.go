package prompt

import (
	"context"
	"io"
	"os"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/copying"
	"clsh/runner/shells"
	"clsh/runner/sink"
)

// Config describes an interactive session.
type Config struct {
	// Shells says which hosts there are and how they are reached; its Sink is set here.
	Shells shells.Options
	// KeepGoing sets a lost host aside instead of ending the session.
	KeepGoing bool
	// Timeout is the first limit of a command; 0: none.
	Timeout time.Duration
	// Show says how results are shown; Names, Stdout and Stderr are set here.
	Show sink.Config
	// Resolve returns the hosts of a LIST.
	Resolve func(ctx context.Context, list string) (hosts.List, error)
	// Known returns the hosts and the groups, with their @, that a LIST can
	// name.
	Known func(ctx context.Context) (names, groups []string)

	Stdin          *os.File
	Stdout, Stderr io.Writer
	// Terminal is set if Stdin and Stdout are a terminal, on which lines are edited.
	Terminal bool
	// Login, if not nil, runs each line in a separate login, as this run: directories and
	// variables do not persist, and no host is set aside. Only quit leaves.
	Login *runner.Config
	// Copies says how :put and :get copy.
	Copies Copies
	Size   func() (rows, cols int)
	// Signals delivers signals to clsh.
	Signals <-chan os.Signal
	// History is the path of the history file; empty: none.
	History string
	// Environ is the environment of local commands, Shell the user's shell,
	// Home their home directory.
	Environ     []string
	Shell, Home string
}

// Copies says how :put and :get copy: each host in a login of its own, from or to the directory that
// its shell is in.
type Copies struct {
	// Run is a run on the hosts of the session. What it runs, where, and its Sink are set here.
	Run runner.Config
	// Put and Get read what was typed behind :put and :get; home expands a leading ~/. hosts are the
	// names by rank.
	Put func(typed string, home func(string) string) (*copying.Plan, *copying.Meter, error)
	Get func(typed string, hosts []string, home func(string) string) (*copying.Fetch, error)
}
