package sink

import (
	"fmt"
	"io"

	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/record"
	"clsh/runner/spool"
)

// A builder composes the sinks for a Config.
type builder struct {
	*Config
	pool           *spool.Pool
	console        *Console
	ansi           palette  // of standard error
	labels         [][]byte // without colour
	stdout, stderr *place   // the console's
	sinks          []event.Sink
	dirs           []event.Sink // for --out and --err that are directories
	closers        []io.Closer  // what no sink closes by itself
}

// build makes the sink that c asks for.
func (c *Config) build() (event.Sink, error) {
	b := &builder{Config: c, pool: spool.NewPool(c.TempDir)}
	b.closers = []io.Closer{b.pool}
	b.setConsole()
	err := b.compose()
	all := &fan{sinks: b.sinks, failed: make([]bool, len(b.sinks)), closers: b.closers}
	if err != nil {
		return nil, join([]error{err, all.Close(nil)})
	}
	return all, nil
}

// setConsole makes the console and its places.
func (b *builder) setConsole() {
	b.console = b.Console
	if b.console == nil {
		b.console = &Console{streams: [3]io.Writer{event.Stdout: b.Stdout, event.Stderr: b.Stderr}, width: b.Width}
		if b.statusLine() {
			b.console.draws = [3]bool{event.Stdout: b.StdoutTerminal, event.Stderr: true}
		}
	}
	b.ansi = b.palette(b.StderrTerminal)
	b.labels = plainLabels(b.Names)
	stdout, stderr := b.console.writer(event.Stdout), b.console.writer(event.Stderr)
	if b.Console != nil {
		stdout, stderr = b.Stdout, b.Stderr
	}
	b.stdout = b.consolePlace(stdout, "standard output", b.StdoutTerminal)
	b.stderr = b.consolePlace(stderr, "standard error", b.StderrTerminal)
}

func (b *builder) consolePlace(w io.Writer, name string, terminal bool) *place {
	p := &place{w: w, name: name, escape: terminal && !b.RawOutput}
	if !b.NoLabel {
		p.labels = b.palette(terminal).hostLabels(b.Names)
	}
	return p
}

// compose adds the sinks in the order in which they see each event: what shows
// output before what tells of ends.
func (b *builder) compose() error {
	shown, err := b.shown()
	if err != nil {
		return err
	}
	told := &place{w: b.stderr.w, name: b.stderr.name, escape: b.stderr.escape}
	b.add(&notes{names: b.Names, place: told})
	missing := &lost{names: b.Names, place: told, ansi: b.ansi, bare: b.Compat}
	if b.Compat {
		// Among the hosts' output, in its turn.
		shown = append(append(shown, b.dirs...), missing)
	} else {
		b.sinks = append(b.sinks, b.dirs...)
	}
	if len(shown) > 0 {
		all := event.Sink(&fan{sinks: shown, failed: make([]bool, len(shown))})
		if b.Compat && b.Format != JSON {
			all = &pythonOutput{next: all, pool: b.pool, hosts: make([]pythonHost, len(b.Names)), keepGoing: b.KeepGoing, silent: b.Out == ""}
		}
		if b.Ordered {
			all = &ordered{next: all, pool: b.pool, hosts: make([]held, len(b.Names))}
		}
		b.add(all)
	}
	if !b.Compat {
		b.add(missing)
	}
	if b.JSONFile != "" {
		f, err := files.Create(b.JSONFile, files.Stream)
		if err != nil {
			return fmt.Errorf("--json %q: %w", b.JSONFile, bare(err))
		}
		b.closers = append(b.closers, f)
		b.add(record.NewWriter(b.Names, &place{w: f, name: b.JSONFile}, b.pool))
	}
	if b.statusLine() {
		b.add(newProgress(b.console, b.ansi, b.Names, b.Ranks))
	}
	if b.gathers() {
		b.add(b.gather())
	}
	r := newReport(b.Config)
	// The states are no result: they go to the terminal alone.
	r.place = &place{w: b.console.writer(event.Stderr), name: told.name, escape: told.escape}
	r.when = b.summaryWhen()
	b.add(r)
	return nil
}

func (b *builder) add(s event.Sink) { b.sinks = append(b.sinks, s) }

// summaryWhen is when there is a summary. The original has none.
func (b *builder) summaryWhen() When {
	switch {
	case b.Summary:
		return Always
	case b.Quiet, b.Compat, b.NoSummary:
		return Never
	}
	return Auto
}

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
	case b.Format == Block:
		sinks = append(sinks, newBlock(len(b.Names), b.pool, stdout, stderr))
	default:
		sinks = append(sinks, newLines(len(b.Names), b.pool, stdout, stderr))
	}
	return sinks, nil
}

// gather makes the sink for --gather, -B and --diff.
func (b *builder) gather() *gather {
	return &gather{
		names: b.Names, fold: b.Fold, place: b.stdout, pool: b.pool,
		both: b.GatherBoth, normalize: b.Normalize,
		asDiff: b.Diff, colour: coloured(b.Color, b.StdoutTerminal, b.Getenv),
		hosts: make([][3]*capture, len(b.Names)), groups: map[gatherKey]*gatherGroup{},
	}
}

// redirect returns the place for a stream: the console's where path is empty,
// none where it is a directory (then a sink of its own is added), else the
// file.
func (b *builder) redirect(option, path, suffix string, stream event.Stream, console *place) (*place, error) {
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
	f, err := b.appendTo(option, path)
	if err != nil {
		return nil, err
	}
	b.closers = append(b.closers, f)
	p := &place{w: f, name: path}
	if !b.NoLabel {
		p.labels = b.labels
	}
	return p, nil
}

// appendTo opens a file to append to; the Python clsh does so at the first byte.
func (b *builder) appendTo(option, path string) (io.WriteCloser, error) {
	if b.Compat {
		return &lateFile{option: option, path: path}, nil
	}
	return appendFile(option, path)
}
