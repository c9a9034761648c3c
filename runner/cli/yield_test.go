package cli

import (
	"testing"

	"clsh/runner/flags"
)

// Of two options that contradict each other the one of lower rank gives way; of the same rank
// both stay, to be refused.
func TestYield(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name               string
		interactive, stdin bool
		gather, live       bool
		format             string
		ranks              map[string]flags.Rank // file and variable; all else is typed
		wantStdin          bool
		wantGather         bool
		wantLive           bool
		wantFormat         string
	}{
		{name: "typed", interactive: true, stdin: true, wantStdin: true},
		{name: "variable", interactive: true, stdin: true, ranks: map[string]flags.Rank{"stdin": flags.FromVariable}},
		{name: "file", interactive: true, stdin: true, ranks: map[string]flags.Rank{"stdin": flags.FromFile}},
		{name: "no contradiction", stdin: true, ranks: map[string]flags.Rank{"stdin": flags.FromFile}, wantStdin: true},
		{name: "variable over file", gather: true, format: "json", ranks: map[string]flags.Rank{"gather": flags.FromVariable, "format": flags.FromFile}, wantGather: true},
		{name: "file below variable", gather: true, format: "json", ranks: map[string]flags.Rank{"gather": flags.FromFile, "format": flags.FromVariable}, wantFormat: "json"},
		{name: "one gives way to another, not two", interactive: true, gather: true, format: "json", ranks: map[string]flags.Rank{"gather": flags.FromFile, "format": flags.FromVariable}, wantGather: true},
		{name: "two of the file", gather: true, format: "json", ranks: map[string]flags.Rank{"gather": flags.FromFile, "format": flags.FromFile}, wantGather: true, wantFormat: "json"},
		{name: "lines", gather: true, format: "lines", ranks: map[string]flags.Rank{"format": flags.FromFile}, wantGather: true, wantFormat: "lines"},
		{name: "nothing to add to", live: true, ranks: map[string]flags.Rank{"live": flags.FromFile}},
		{name: "nothing to add to, typed", live: true, wantLive: true},
		{name: "something to add to", live: true, gather: true, ranks: map[string]flags.Rank{"live": flags.FromFile}, wantLive: true, wantGather: true},
	} {
		cmd := Command{Interactive: c.interactive, Stdin: c.stdin, Gather: c.gather, Live: c.live, Format: c.format, origins: flags.Origins{}}
		for _, name := range []string{"interactive", "stdin", "gather", "live", "format"} {
			cmd.origins[name] = flags.Origin{Rank: flags.Typed}
			if rank, ok := c.ranks[name]; ok {
				cmd.origins[name] = flags.Origin{Rank: rank}
			}
		}
		cmd.yield()
		if cmd.Stdin != c.wantStdin || cmd.Gather != c.wantGather || cmd.Live != c.wantLive || cmd.Format != c.wantFormat {
			t.Errorf("%s: stdin %v, gather %v, live %v, format %q", c.name, cmd.Stdin, cmd.Gather, cmd.Live, cmd.Format)
		}
	}
}

// Who a command runs as does not give way: both stay, to be refused.
func TestYieldNoPrivilege(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"sudo", "as"} {
		cmd := Command{NoAgent: true, Quiet: true, Summary: true, origins: flags.Origins{
			"no-agent": {Rank: flags.Typed}, option: {Rank: flags.FromFile}, "quiet": {Rank: flags.Typed}, "summary": {Rank: flags.FromFile},
		}}
		if cmd.Privilege.Sudo = option == "sudo"; !cmd.Privilege.Sudo {
			cmd.Privilege.As = "nobody"
		}
		cmd.yield()
		if !cmd.NoAgent || !cmd.Privilege.Active() || cmd.Summary {
			t.Errorf("%s: no-agent %v, %+v, summary %v", option, cmd.NoAgent, cmd.Privilege, cmd.Summary)
		}
	}
}
