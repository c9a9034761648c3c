package prompt

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/conn"
	"clsh/runner/prompt/input"
	"clsh/runner/sanitize"
	"clsh/runner/shells"
	"clsh/runner/sink"
	"clsh/runner/sink/terminal"
)

// A session is an interactive session that runs. Its fields belong to the goroutine of
// Run.
type session struct {
	cfg     Config
	shells  sessions
	list    hosts.List
	aside   []bool // by rank: lost and reported, or dropped
	only    []int  // ranks; nil: all
	gather  bool
	timeout time.Duration

	input    *input.Input
	console  *terminal.Console
	screen   *screen
	out      recorder
	idleSink *idleSink
	results  *results

	reopened []shells.Reopened // and not reported yet
	stopKey  chan struct{}     // ^C while something runs
	asked    chan struct{}     // somebody wants the states, while a command runs
	pulsing  bool              // asked is received from
	ended    syscall.Signal
	lost     bool // a lost host ends the session
}

// ownError is the message for a line of ours that was wrong. The session goes on.
type ownError string

func (e ownError) Error() string { return string(e) }

// printLine prints a line of clsh's own.
func (s *session) printLine(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if s.cfg.Show.StdoutTerminal {
		text = sanitize.Text(text) // it may contain text from a source of groups
	}
	_, err := io.WriteString(s.screen, text+"\n")
	return bare(err)
}

// bare returns sink.ErrReaderGone for the error of an output that nobody reads any more.
func bare(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return sink.ErrReaderGone
	}
	return err
}

// fold returns the hosts of ranks as one LIST.
func (s *session) fold(ranks []int) string {
	names := make([]string, len(ranks))
	for i, rank := range ranks {
		names[i] = s.list[rank].Name
	}
	return hosts.Fold(names)
}

// atHome expands a leading ~/ as a shell does.
func (s *session) atHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok || s.cfg.Home == "" {
		return path
	}
	return filepath.Join(s.cfg.Home, rest)
}

// fits returns an error unless n sessions can be open at a time.
func (s *session) fits(n int) error {
	if most := conn.MaxFanout(); n > most {
		return fmt.Errorf("%d hosts at once need more open files than this process may have (ulimit -n): at most %d", n, most)
	}
	return nil
}
