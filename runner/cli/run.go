package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/conn"
	"clsh/runner/event"
	"clsh/runner/sink"
)

// hostsHint follows the original's line about missing hosts.
const hostsHint = "clsh: no hosts given\nhint: name them with -h LIST, --hostfile FILE, CLSH_HOSTS, CLSH_HOSTFILE, or a .hostfile here"

// A usageError is what is wrong with a call: nothing has run, exit status 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main does what the command line asks for and returns the exit status. It
// tells errors on sys.Stderr.
func (c *Command) Main(sys System) int {
	p := sys.profile()
	if p.python {
		sys.Stderr, sys.StderrTerminal = sys.Stdout, sys.StdoutTerminal
	}
	code, err := c.main(&sys)
	var stopped *interruptedError
	var wrong usageError
	switch {
	case err == nil:
	case errors.Is(err, sink.ErrReaderGone):
		code = 128 + int(syscall.SIGPIPE)
	case errors.As(err, &stopped):
		code = 128 + int(stopped.signal)
	case errors.Is(err, hosts.ErrNoHosts) && p.guards && c.bare():
		code = event.CodeUsage
		_, _ = io.WriteString(sys.Stderr, brief(&sys))
	case errors.Is(err, hosts.ErrNoHosts):
		code = event.CodeUsage
		sys.tell("%s", p.noHosts())
	case errors.As(err, &wrong):
		code = event.CodeUsage
		sys.tell("clsh: %s%s", sys.spelled(err.Error()), c.origins.Hints(err.Error()))
	default:
		code = max(code, event.CodeOutput)
		sys.tell("clsh: %s", err)
	}
	return p.exitStatus(code, err)
}

func (c *Command) main(sys *System) (int, error) {
	c.yield()
	if c.Replay != "" {
		return c.replay(sys)
	}
	if c.Interactive && !c.listing() {
		if err := c.checkInteractive(); err != nil {
			return 0, err
		}
	}
	words, err := c.command(sys)
	if err != nil {
		return 0, err
	}
	if c.listing() {
		// There is nothing to collect: the list is all that there will be.
		debug.SetGCPercent(800)
	}
	for _, check := range []func() error{c.hostHabits, c.checkSelection, c.sshOptions} {
		if err := check(); err != nil {
			return 0, err
		}
	}
	c.excluded()
	list, err := c.resolve(sys)
	switch {
	case err != nil:
		return 0, err
	case c.listing():
		return 0, c.list(sys, list.Names())
	case c.Interactive:
		return c.interactive(sys, list)
	case words == "" && sys.profile().guards:
		return 0, usage("no command given (%s selected)\nhint: clsh --help", count(len(list), "host"))
	}
	if err := c.forgotten(sys, list); err != nil {
		return 0, err
	}
	cfg, err := c.config(sys, list, words)
	if err != nil {
		return 0, err
	}
	if c.DryRun {
		return c.dryRun(sys, cfg)
	}
	return c.run(sys, cfg)
}

// listing reports whether the hosts are printed, and nothing is run or shown.
func (c *Command) listing() bool { return c.List || c.Fold || c.Count }

// bare reports whether the call names nothing to do.
func (c *Command) bare() bool {
	return len(c.Words) == 0 && !c.listing() && !c.Interactive && !c.namesHosts()
}

// list prints the hosts in the ways that are asked for.
func (c *Command) list(sys *System, names []string) error {
	out := bufio.NewWriterSize(sys.Stdout, 1<<16)
	switch {
	case c.Count:
		fmt.Fprintln(out, len(names))
	case c.Fold:
		fmt.Fprintln(out, hosts.Fold(names))
	default:
		for _, name := range names {
			_, _ = out.WriteString(name) // Flush tells
			_ = out.WriteByte('\n')
		}
	}
	return written(out.Flush())
}

func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return written(err)
}

// written gives an error of writing standard output its name.
func written(err error) error {
	switch {
	case errors.Is(err, syscall.EPIPE):
		return sink.ErrReaderGone
	case err != nil:
		return fmt.Errorf("write standard output: %w", err)
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// command returns the words as one line. The original took options anywhere in
// the line: hosts behind the command are refused where none stand before it.
func (c *Command) command(sys *System) (string, error) {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		return strings.Join(words[1:], " "), nil
	}
	if !c.namesHosts() && sys.profile().guards {
		for i, w := range words {
			name, _, hasValue := strings.Cut(w, "=")
			hosty := name == "-h" || name == "--hosts" || name == "-hosts" || name == "--hostfile" || name == "-hostfile"
			if i > 0 && hosty && (hasValue || i+1 < len(words)) {
				return "", c.hostsBehind(name, i)
			}
		}
	}
	return strings.Join(words, " "), nil
}

// run runs cfg and shows it.
func (c *Command) run(sys *System, cfg runner.Config) (code int, err error) {
	out, err := c.sink(sys, cfg.Hosts.Names())
	if err != nil {
		return 0, err
	}
	cfg.Sink = out
	if c.Stdin {
		if cfg.Input, err = conn.NewInput(sys.Stdin, cfg.TempDir); err != nil {
			return 0, errors.Join(err, out.Close(nil))
		}
		defer func() { err = errors.Join(err, cfg.Input.Err(), cfg.Input.Close()) }()
	}
	r, err := runner.New(cfg)
	if err != nil {
		return 0, usage("%w", errors.Join(err, out.Close(nil)))
	}
	c.noteUnsent(sys)
	summary, err := c.watch(sys, r)
	switch {
	case errors.Is(err, errBlocked):
		return 128 + int(syscall.SIGKILL), err // the sinks are still at work
	case summary == nil:
		return 0, errors.Join(err, out.Close(nil))
	}
	if err != nil && summary.Interrupt == 0 {
		summary.Code = event.CodeOutput
		if errors.Is(err, sink.ErrReaderGone) {
			summary.Code = 128 + int(syscall.SIGPIPE)
		}
	}
	if summary.Interrupt != 0 && errors.Is(err, sink.ErrReaderGone) {
		err = nil // its reader got the same signal
	}
	code, err = c.finish(sys, out, summary, err)
	c.noteUnsent(sys) // what came in the meantime
	return code, err
}

// blockedEnd is how long a run that was killed may take to end: its output may
// be blocked by a reader for ever. The sweeper does the rest then.
const blockedEnd = 2 * time.Second

// watch runs r and passes signals on to it. The summary is nil where there is
// none: the run could not begin, or was killed while its output was blocked.
func (c *Command) watch(sys *System, r *runner.Runner) (summary *event.Summary, err error) {
	show := func() { go r.Show() } // the sink may be busy
	if !c.Stdin && !c.TTY {
		stop, watchErr := watchReturn(sys.Stdin, show)
		if watchErr != nil {
			return nil, watchErr
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		summary, err = r.Run()
	}()
	var blocked <-chan time.Time
	for signals := 0; ; {
		select {
		case <-done:
			return summary, err
		case sig := <-sys.Signals:
			number, _ := sig.(syscall.Signal)
			if number == syscall.SIGUSR1 {
				show()
				continue
			}
			r.Signal(number)
			if signals++; signals == 2 {
				blocked = time.After(blockedEnd)
			}
		case <-blocked:
			return nil, errBlocked
		}
	}
}

// errBlocked ends a run that was killed while its output was blocked.
var errBlocked = errors.New("killed while nobody read the output")

// sink returns what becomes of the events.
func (c *Command) sink(sys *System, names []string) (event.Sink, error) {
	s, err := sink.New(c.show(sys, names))
	if err != nil {
		return nil, usage("%w", err)
	}
	return s, nil
}

func (c *Command) show(sys *System, names []string) sink.Config {
	return sink.Config{
		Names: names, Fold: hosts.Fold,
		Out: c.Out, Err: c.Err, Gather: c.Gather, GatherBoth: c.GatherBoth, Live: c.Live, Diff: c.Diff, Normalize: c.Normalize,
		Format: sink.Format(c.Format), JSONFile: c.JSON, Ordered: c.Ordered, NoLabel: c.NoLabel, RawOutput: c.RawOutput,
		Color: sink.When(c.Color), Progress: sink.When(c.Progress), Summary: c.Summary, Quiet: c.Quiet, Compat: sys.profile().python, KeepGoing: c.KeepGoing,
		Stdout: sys.Stdout, Stderr: sys.Stderr, StdoutTerminal: sys.StdoutTerminal, StderrTerminal: sys.StderrTerminal,
		Width:  func() int { _, cols := sys.Size(); return cols },
		Getenv: sys.getenv,
	}
}
