package sink

import (
	"errors"
	"io"

	"clsh/runner"
)

// Config says how a run is to be shown: the options of the manual's section
// "Output", and what they work on. Only Names, Fold, Stdout and Stderr must be
// set.
type Config struct {
	// Names are the hosts by rank, Fold writes a list of them as one LIST.
	Names []string
	Fold  func(names []string) string
	// Out and Err are --out and --err; empty: the console.
	Out, Err string
	// NoLabel is --no-label.
	NoLabel bool
	// Summary is --summary, Quiet --quiet.
	Summary, Quiet bool

	Stdout, Stderr io.Writer
	// Getenv looks a variable of the environment up; nil: there are none.
	Getenv func(string) string
	// TempDir is where output waits that is too much for memory; empty: what
	// TMPDIR names, else /var/tmp.
	TempDir string
}

// New returns the sink that shows a run as c says. It opens the files that c
// names; Close of the sink closes them. Stdout and Stderr stay the caller's.
func New(c Config) (runner.Sink, error) {
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if c.TempDir == "" {
		c.TempDir = tempDir(c.Getenv)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	pool := newPool(c.TempDir)
	b := &builder{Config: c, pool: pool, closers: []io.Closer{pool}, labels: plainLabels(c.Names)}
	if err := b.build(); err != nil {
		return nil, errors.Join(err, b.undo())
	}
	return &fan{sinks: b.sinks, failed: make([]bool, len(b.sinks)), closers: b.closers}, nil
}

// check refuses options that make no sense together.
func (c *Config) check() error {
	if c.Summary && c.Quiet {
		return errors.New("--summary and --quiet contradict each other")
	}
	return nil
}

// A builder composes the sinks for a Config.
type builder struct {
	Config
	pool    *pool
	labels  [][]byte
	sinks   []runner.Sink
	closers []io.Closer // what no sink closes by itself
}

func (b *builder) build() error {
	stdout := &place{w: b.Stdout, name: "standard output", labels: b.labels}
	stderr := &place{w: b.Stderr, name: "standard error", labels: b.labels}
	if b.NoLabel {
		stdout.labels, stderr.labels = nil, nil
	}
	out, err := b.redirect("--out", b.Out, ".out", runner.Stdout, stdout)
	if err != nil {
		return err
	}
	errs, err := b.redirect("--err", b.Err, ".err", runner.Stderr, stderr)
	if err != nil {
		return err
	}
	b.add(newLines(len(b.Names), b.pool, out, errs))
	b.add(&lost{names: b.Names, place: stderr})
	if !b.Quiet {
		b.add(&summary{names: b.Names, fold: b.Fold, place: stderr, always: b.Summary, results: make([]*runner.Result, len(b.Names))})
	}
	return nil
}

func (b *builder) add(s runner.Sink) { b.sinks = append(b.sinks, s) }

// redirect returns the place for a stream: the console where path is empty,
// none where it is a directory (then a sink of its own is added), else the
// file.
func (b *builder) redirect(option, path, suffix string, stream runner.Stream, console *place) (*place, error) {
	if path == "" {
		return console, nil
	}
	if isDir(path) {
		d, err := newDir(option, path, suffix, stream, b.Names)
		if err != nil {
			return nil, err
		}
		b.add(d)
		return nil, nil
	}
	f, err := appendFile(option, path)
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

// undo closes what a failed build has opened.
func (b *builder) undo() error {
	f := &fan{sinks: b.sinks, failed: make([]bool, len(b.sinks)), closers: b.closers}
	return f.Close(nil)
}
