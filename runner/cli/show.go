package cli

import (
	"bufio"
	"fmt"

	"clsh/hosts"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/sink"
)

func (c *Command) show(sys *system.System, names []string) sink.Config {
	return sink.Config{
		Names: names, Fold: hosts.Fold,
		Out: c.Out, Err: c.Err, Gather: c.Gather, GatherBoth: c.GatherBoth, Live: c.Live, Diff: c.Diff, Normalize: c.Normalize,
		Format: sink.Format(c.Format), JSONFile: c.JSON, Ordered: c.Ordered, NoLabel: c.NoLabel, RawOutput: c.RawOutput,
		Color: sink.When(c.Color), Progress: sink.When(c.Progress), Summary: c.Summary, Quiet: c.Quiet, Compat: sys.Profile().Python, KeepGoing: c.KeepGoing || c.Budgeted(),
		Stdout: sys.Stdout, Stderr: sys.Stderr, StdoutTerminal: sys.StdoutTerminal, StderrTerminal: sys.StderrTerminal,
		Width:  func() int { _, cols := sys.Size(); return cols },
		Getenv: sys.Getenv,
	}
}

// list prints the hosts in the ways that are asked for.
func (c *Command) list(sys *system.System, names []string) error {
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
	return usage.Written(out.Flush())
}
