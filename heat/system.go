package heat

import (
	"errors"
	"io"
	"os"
	"strings"

	"clsh/heat/exit"
	"clsh/heat/output"
	"clsh/heat/reaper"
	"clsh/heat/worker"
)

// System is what heat has of the world outside: its streams, its environment
// and the signals that reach it.
type System struct {
	// Name begins messages about a wrong call: "heat" or "clsh heat".
	Name   string
	Stdout io.Writer
	// Stderr is also where the hooks write. It must be a file, since a pipe of
	// heat's would end whatever a hook leaves running.
	Stderr *os.File
	// Environ is handed on to checks and hooks.
	Environ []string
	// Signals delivers those of Signals that were not ignored at the start.
	// The receiver of SIGPIPE must be somebody else, or nobody but by
	// signal.Notify: an ignored signal would stay ignored in the service
	// that a hook starts.
	Signals <-chan os.Signal
	// Reaper is what reaper.Connect returned.
	Reaper *reaper.Client

	compat  bool
	asTyped func(text string) string // of the command line: options as they were typed
}

// refuse prints why heat does not start, or does not go on, and returns the exit status.
func (sys *System) refuse(err error) int {
	var e *exit.Error
	if !errors.As(err, &e) {
		e = &exit.Error{Code: exit.Failure, Text: err.Error()}
	}
	text := e.Text
	switch {
	case !e.Bare:
		text = sys.Name + ": " + sys.asTypedText(text)
	case e.Cause != "" && !sys.compat:
		text += "\n" + sys.Name + ": " + sys.asTypedText(e.Cause)
	}
	var to io.Writer = sys.Stderr
	if sys.compat && e.Code == exit.Failure {
		text, _, _ = strings.Cut(text, "\n") // what follows is ours
		to = sys.Stdout
	}
	out := output.NewOutlet(to, output.StreamBound)
	_, _ = io.WriteString(out, text+"\n")
	<-out.Settled(output.SettleLimit)
	return e.Code
}

// asTypedText returns a message with its options as they were typed.
func (sys *System) asTypedText(text string) string {
	if sys.asTyped == nil {
		return text
	}
	return sys.asTyped(text)
}

// worker is what a worker needs of it.
func (sys *System) worker() worker.System {
	return worker.System{Name: sys.Name, Stderr: sys.Stderr, Environ: sys.Environ, Signals: sys.Signals, Reaper: sys.Reaper}
}
