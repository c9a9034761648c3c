package sink

import (
	"fmt"
	"io"

	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/record"
	"clsh/runner/sink/compare"
	"clsh/runner/sink/terminal"
	"clsh/runner/spool"
)

// New returns the sink that shows a run as c says, or why the options of c cannot be combined.
// It opens the files that c names; Close of the sink closes them. Stdout and Stderr stay the
// caller's.
func New(c Config) (event.Sink, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.defaults()
	b := &builder{Config: &c, pool: spool.NewPool(c.TempDir)}
	b.closers = []io.Closer{b.pool}
	b.setConsole()
	err := b.compose()
	all := &multi{sinks: b.sinks, failed: make([]bool, len(b.sinks)), closers: b.closers}
	if err != nil {
		return nil, join([]error{err, all.Close(nil)})
	}
	return all, nil
}

// A builder composes the sinks for a Config.
type builder struct {
	*Config
	pool           *spool.Pool
	console        *terminal.Console
	ansi           terminal.Palette // of standard error
	stdout, stderr *target          // the console's
	sinks          []event.Sink
	dirs           []event.Sink // for --out and --err that are directories
	closers        []io.Closer  // what no sink closes by itself
}

// setConsole makes the console and its targets.
func (b *builder) setConsole() {
	b.console = b.Console
	if b.console == nil {
		drawn := b.statusLine()
		b.console = terminal.NewConsole(terminal.Streams{
			Stdout: b.Stdout, Stderr: b.Stderr, Width: b.Width,
			StdoutShared: drawn && b.StdoutTerminal, StderrShared: drawn,
		})
	}
	b.ansi = b.palette(b.StderrTerminal)
	stdout, stderr := b.console.Writer(event.Stdout), b.console.Writer(event.Stderr)
	if b.Console != nil {
		stdout, stderr = b.Stdout, b.Stderr
	}
	b.stdout = b.consoleTarget(stdout, "standard output", b.StdoutTerminal)
	b.stderr = b.consoleTarget(stderr, "standard error", b.StderrTerminal)
}

func (b *builder) consoleTarget(w io.Writer, name string, tty bool) *target {
	p := &target{w: w, name: name, escape: tty && !b.RawOutput}
	if !b.NoLabel {
		p.labels = b.palette(tty).Labels(b.Names)
	}
	return p
}

// compose adds the sinks in the order in which they get each event: the record of the run before
// those that may wait for a reader, those that show output before those that report ends.
func (b *builder) compose() error {
	messages := &target{w: b.stderr.w, name: b.stderr.name, escape: b.stderr.escape}
	if b.Record != nil {
		b.add(&kept{next: b.Record, target: messages, quiet: b.Quiet || b.Compat})
	}
	shown, err := b.shown()
	if err != nil {
		return err
	}
	b.add(&verbose{names: b.Names, target: messages})
	b.add(&gateOutput{target: &target{w: messages.w, name: messages.name, escape: messages.escape}}) // with a sanitizer of its own
	missing := &lost{names: b.Names, target: messages, ansi: b.ansi, bare: b.Compat}
	if b.Compat {
		// The Python clsh reports them between the hosts' output.
		shown = append(append(shown, b.dirs...), missing)
	} else {
		b.sinks = append(b.sinks, b.dirs...)
	}
	if len(shown) > 0 {
		all := event.Sink(&multi{sinks: shown, failed: make([]bool, len(shown))})
		if b.Compat && b.Format != JSON {
			all = &pythonOutput{next: all, pool: b.pool, text: make([][3]*spool.Spool, len(b.Names)), keepGoing: b.KeepGoing, silent: b.Out == ""}
		}
		if b.Ordered {
			all = &ordered{next: all, pool: b.pool, hosts: make([]queued, len(b.Names))}
		}
		b.add(all)
	}
	if !b.Compat {
		b.add(missing)
	}
	if b.JSONFile != "" {
		f, err := files.Create(b.JSONFile, files.Stream)
		if err != nil {
			return fmt.Errorf("--json %q: %w", b.JSONFile, files.Bare(err))
		}
		b.closers = append(b.closers, f)
		b.add(record.NewWriter(b.Names, &target{w: f, name: b.JSONFile}, b.pool))
	}
	if b.statusLine() {
		b.add(newProgress(b.Config, b.console, b.ansi))
	}
	if b.gathers() {
		b.add(b.gather())
	}
	r := newReport(b.Config)
	// The states are not results: they go to the terminal only.
	r.target = &target{w: b.console.Writer(event.Stderr), name: messages.name, escape: messages.escape}
	b.add(r)
	return nil
}

func (b *builder) add(s event.Sink) { b.sinks = append(b.sinks, s) }

// shown returns the sinks that show output while the run goes on.
func (b *builder) shown() ([]event.Sink, error) {
	stdout, stderr := b.stdout, b.stderr
	switch {
	case b.Format == JSON, b.Format == None:
		stdout, stderr = nil, nil
	case b.gathers() && !b.Live:
		stdout = nil
		if b.GatherBoth {
			stderr = nil
		}
	}
	stdout, err := b.redirect("--out", b.Out, ".out", event.Stdout, stdout)
	if err != nil {
		return nil, err
	}
	stderr, err = b.redirect("--err", b.Err, ".err", event.Stderr, stderr)
	if err != nil {
		return nil, err
	}
	var sinks []event.Sink
	switch {
	case b.Format == JSON:
		sinks = append(sinks, record.NewWriter(b.Names, b.stdout, b.pool))
	case stdout == nil && stderr == nil:
	default:
		targets := [3]*target{event.Stdout: stdout, event.Stderr: stderr}
		sinks = append(sinks, &lines{targets: targets, pool: b.pool, hosts: make([]lineState, len(b.Names)), atEnd: b.Format == Block})
	}
	return sinks, nil
}

// gather makes the sink for --gather, -B and --diff.
func (b *builder) gather() *gather {
	var ownNames []string
	if b.Normalize {
		ownNames = b.Names
	}
	return &gather{
		names: b.Names, fold: b.Fold, target: b.stdout, both: b.GatherBoth,
		asDiff: b.Diff, colour: coloured(b.Color, b.StdoutTerminal, b.Getenv),
		groups: compare.NewGroups(len(b.Names), b.pool, ownNames),
	}
}

// redirect returns the target of a stream: the console's if path is empty, none if path is a
// directory (redirect then adds a sink for it), else the file.
func (b *builder) redirect(option, path, suffix string, stream event.Stream, console *target) (*target, error) {
	if path == "" {
		return console, nil
	}
	if isDir(path) {
		d, err := newDir(option, path, suffix, stream, b.Names)
		if err != nil {
			return nil, err
		}
		d.late = b.Compat
		b.dirs = append(b.dirs, d)
		return nil, nil
	}
	f := &lateFile{option: option, path: path}
	if !b.Compat { // the Python clsh opens it at the first byte
		if err := f.open(); err != nil {
			return nil, err
		}
	}
	b.closers = append(b.closers, f)
	p := &target{w: f, name: path}
	if !b.NoLabel {
		p.labels = terminal.Palette{}.Labels(b.Names) // without colour
	}
	return p, nil
}
