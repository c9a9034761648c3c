package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/cli/copies"
	"clsh/runner/cli/habits"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/copying"
	"clsh/runner/prompt"
	"clsh/runner/shells"
	"clsh/runner/sink"
)

// checkInteractive refuses what makes no sense with -i.
func (c *Command) checkInteractive() error {
	word := ""
	if len(c.Words) > 0 {
		word = c.Words[0]
	}
	for _, rule := range []struct {
		broken bool
		reason string
	}{
		{strings.HasSuffix(word, ".pem") || strings.HasPrefix(filepath.Base(word), "id_"), fmt.Sprintf("-i: opens the prompt and takes no key\nhint: --identity %s", word)},
		{habits.LooksLikeFile(word), fmt.Sprintf("-i: opens the prompt and takes no file\nhint: --hostfile %s, or --inventory %[1]s if it is ansible's", word)},
		{word != "", fmt.Sprintf("-i: takes its commands from the prompt, not %q\nhint: without -i clsh runs the command and shows its output", word)},
		{c.Stdin, "-i: cannot be combined with --stdin\nhint: the prompt reads standard input"},
		{c.Diff, "-i: cannot be combined with --diff\nhint: :gather at the prompt shows what differs"},
		{c.DryRun, "-i: cannot be combined with --dry-run\nhint: there is no command to print"},
		{c.NoAgent, "-i: cannot be combined with --no-agent\nhint: each host keeps a POSIX shell"},
		{c.TTY, "-i: cannot be combined with --tty\nhint: a terminal would mix output and errors"},
		{c.Format == string(sink.JSON), "-i: cannot be combined with --format json\nhint: --format json goes with a command"},
		{c.JSON != "", "-i: cannot be combined with --json\nhint: :save at the prompt keeps results"},
	} {
		if rule.broken {
			return usage.Errorf("%s", rule.reason)
		}
	}
	return nil
}

// interactive runs the interactive mode.
func (c *Command) interactive(sys *system.System, list hosts.List) (int, error) {
	p := sys.Profile()
	if (c.Out != "" || c.Err != "") && !c.Quiet && p.Notes {
		fmt.Fprintln(sys.Stderr, "Note: --out and --err are ignored in interactive mode")
	}
	cfg, err := c.config(sys, list, "")
	if err != nil {
		return 0, err
	}
	if err := c.passwords(sys, &cfg.Options); err != nil {
		return 0, err
	}
	show := c.show(sys, nil)
	show.Out, show.Err = "", ""
	var login *runner.Config
	if p.LoginPerLine {
		login = &cfg
	}
	code, err := prompt.Run(prompt.Config{
		Shells: shells.Options{
			Options: cfg.Options, Fanout: cfg.Fanout, Retry: cfg.Retry, RetryFor: cfg.RetryFor, SpawnRate: cfg.SpawnRate,
			ReadyTimeout: cfg.ReadyTimeout, KillAfter: cfg.KillAfter,
		},
		KeepGoing: cfg.KeepGoing, Timeout: cfg.Timeout, Show: show, Resolve: func(ctx context.Context, text string) (hosts.List, error) { return c.more(ctx, sys, text) },
		Known: func(ctx context.Context) (names, groups []string) { return c.known(ctx, sys) },
		Stdin: sys.Stdin, Stdout: sys.Stdout, Stderr: sys.Stderr,
		Copies: prompt.Copies{Run: cfg, Get: copies.Get, Put: func(typed string, home func(string) string) (*copying.Plan, *copying.Meter, error) {
			return copies.Put(typed, cfg.TempDir, home)
		}},
		Terminal: term.IsTerminal(int(sys.Stdin.Fd())) && sys.StdoutTerminal && sys.Getenv("TERM") != "dumb", Login: login,
		Size: sys.ScreenSize, Signals: sys.Signals, History: sys.State("history"), Environ: sys.Environ, Shell: sys.Shell(), Home: sys.Home,
	})
	return code, err
}

// more returns the hosts of a LIST that was typed.
func (c *Command) more(ctx context.Context, sys *system.System, text string) (hosts.List, error) {
	selection := hosts.Selection{Hosts: []string{text}, Hostfiles: c.Hostfile, Inventories: c.Inventory, Repeat: sys.Profile().Repeat}
	list, _, err := selection.Resolve(ctx, c.forHosts(sys, make(chan struct{}, 1), !c.Quiet))
	if err == nil {
		_, err = c.transport(list, "")
	}
	return list, err
}
