package clsh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/sink"
)

// hostsHint follows the original's line about missing hosts.
const hostsHint = "no hosts: give -h LIST or --hostfile FILE, set CLSH_HOSTS or CLSH_HOSTFILE, or put a .hostfile here"

// errUsage is the kind of error after which nothing has run: exit status 2.
var errUsage = errors.New("usage")

func usage(format string, args ...any) error {
	return fmt.Errorf("%w%w", silent{errUsage}, fmt.Errorf(format, args...))
}

// silent is an error that is there for errors.Is alone.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// Main does what the command line asks for and returns the exit status. It
// tells errors on sys.Stderr.
func (c *Command) Main(sys System) int {
	if sys.compat() {
		sys.Stderr, sys.StderrTerminal = sys.Stdout, sys.StdoutTerminal
	}
	code, err := c.main(&sys)
	switch {
	case err == nil:
	case errors.Is(err, sink.ErrReaderGone):
		code = 128 + int(syscall.SIGPIPE)
	case errors.Is(err, hosts.ErrNoHosts):
		code = runner.CodeUsage
		fmt.Fprintf(sys.Stderr, "%s\n%s\n", hosts.ErrNoHosts, hostsHint)
	default:
		code = max(code, runner.CodeOutput)
		if errors.Is(err, errUsage) {
			code = runner.CodeUsage
		}
		fmt.Fprintf(sys.Stderr, "clsh: %s\n", err)
	}
	if sys.compat() && code != runner.CodeUsage {
		return 0
	}
	return code
}

func (c *Command) main(sys *System) (int, error) {
	if c.Replay != "" {
		return c.replay(sys)
	}
	words, err := c.command()
	if err != nil {
		return 0, err
	}
	list, err := c.resolve(sys)
	if err != nil {
		return 0, err
	}
	switch {
	case c.List:
		return 0, write(sys.Stdout, strings.Join(list.Names(), "\n")+"\n")
	case c.Fold:
		return 0, write(sys.Stdout, hosts.Fold(list.Names())+"\n")
	case c.Count:
		return 0, write(sys.Stdout, fmt.Sprintf("%d\n", len(list)))
	case c.Interactive:
		return c.interactive(sys, list)
	case words == "":
		return 0, usage("no command: what shall %s run? (help is --help)", count(len(list), "host"))
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

func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
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
func (c *Command) command() (string, error) {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		return strings.Join(words[1:], " "), nil
	}
	if len(c.Hosts)+len(c.Hostfile)+len(c.Group) == 0 && !c.All {
		for i, w := range words {
			name, _, hasValue := strings.Cut(w, "=")
			hosty := name == "-h" || name == "--hosts" || name == "-hosts" || name == "--hostfile" || name == "-hostfile"
			if i > 0 && hosty && (hasValue || i+1 < len(words)) {
				return "", usage("%s stands behind the command %q, where it is the command's own; put it in front, or -- before the command", name, words[0])
			}
		}
	}
	return strings.Join(words, " "), nil
}

// resolve returns the hosts, and tells the notes.
func (c *Command) resolve(sys *System) (hosts.List, error) {
	if c.Stdin && slices.Contains(c.Hostfile, "-") {
		return nil, usage("--stdin and --hostfile -: standard input can be only one of them")
	}
	selection := hosts.Selection{Hosts: c.Hosts, Hostfiles: c.Hostfile, Groups: c.Group, Exclude: c.Exclude, All: c.All, Pick: c.Pick}
	list, notes, err := selection.Resolve(context.Background(), c.world(sys))
	if !c.Quiet {
		for _, note := range notes {
			fmt.Fprintln(sys.Stderr, note)
		}
	}
	switch {
	case errors.Is(err, hosts.ErrNoHosts):
		return nil, err
	case err != nil:
		return nil, usage("%w", err)
	}
	return list, nil
}

// world is what the hosts are resolved in.
func (c *Command) world(sys *System) hosts.System {
	return hosts.System{
		Getenv: sys.getenv, Stdin: sys.Stdin, Home: sys.Home, ConfigHome: sys.getenv("XDG_CONFIG_HOME"),
		SSHConfig: c.SSHConfig, UID: sys.UID,
		Run: func(ctx context.Context, argv []string) ([]byte, error) {
			return exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
		},
	}
}

// run runs cfg and shows it.
func (c *Command) run(sys *System, cfg runner.Config) (code int, err error) {
	out, err := c.sink(sys, cfg.Hosts.Names())
	if err != nil {
		return 0, err
	}
	cfg.Sink = out
	if c.Stdin {
		if cfg.Input, err = runner.NewInput(sys.Stdin, cfg.TempDir); err != nil {
			return 0, errors.Join(err, out.Close(nil))
		}
		defer func() { err = errors.Join(err, cfg.Input.Err(), cfg.Input.Close()) }()
	}
	r, err := runner.New(cfg)
	if err != nil {
		return 0, usage("%w", errors.Join(err, out.Close(nil)))
	}
	summary, err := c.watch(sys, r)
	switch {
	case errors.Is(err, errBlocked):
		return 128 + int(syscall.SIGKILL), err // the sinks are still at work
	case summary == nil:
		return 0, errors.Join(err, out.Close(nil))
	}
	if err != nil && summary.Interrupt == 0 {
		summary.Code = runner.CodeOutput
		if errors.Is(err, sink.ErrReaderGone) {
			summary.Code = 128 + int(syscall.SIGPIPE)
		}
	}
	err = errors.Join(err, out.Close(summary))
	if summary.Interrupt != 0 && errors.Is(err, sink.ErrReaderGone) {
		err = nil // its reader got the same signal
	}
	return summary.Code, err
}

// blockedEnd is how long a run that was killed may take to end: its output may
// be blocked by a reader for ever. The sweeper does the rest then.
const blockedEnd = 2 * time.Second

// watch runs r and passes signals on to it. The summary is nil where there is
// none: the run could not begin, or was killed while its output was blocked.
func (c *Command) watch(sys *System, r *runner.Runner) (summary *runner.Summary, err error) {
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
func (c *Command) sink(sys *System, names []string) (runner.Sink, error) {
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
		Color: sink.When(c.Color), Progress: sink.When(c.Progress), Summary: c.Summary, Quiet: c.Quiet, Compat: sys.compat(),
		Stdout: sys.Stdout, Stderr: sys.Stderr, StdoutTerminal: sys.StdoutTerminal, StderrTerminal: sys.StderrTerminal,
		Width:  func() int { _, cols := sys.Size(); return cols },
		Getenv: sys.getenv,
	}
}
