package cli

import (
	"cmp"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/cli/rollouts"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/conn"
	"clsh/runner/copying"
	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/gate"
	"clsh/runner/keyboard"
	"clsh/runner/sink"
)

// Main does what the command line asks for and returns the exit status. It
// tells errors on sys.Stderr.
func (c *Command) Main(sys system.System) int {
	p := sys.Profile()
	if p.Python {
		sys.Stderr, sys.StderrTerminal = sys.Stdout, sys.StdoutTerminal
	}
	code, err := c.main(&sys)
	var stopped *usage.Interrupted
	var wrong usage.Error
	switch {
	case err == nil:
	case errors.Is(err, sink.ErrReaderGone):
		code = event.CodeOfSignal(syscall.SIGPIPE)
	case errors.As(err, &stopped):
		code = event.CodeOfSignal(stopped.Signal)
	case errors.Is(err, hosts.ErrNoHosts) && p.Guards && c.bare():
		code = event.CodeUsage
		_, _ = io.WriteString(sys.Stderr, brief(&sys))
	case errors.Is(err, hosts.ErrNoHosts):
		code = event.CodeUsage
		sys.Tell("%s", p.NoHosts())
	case errors.As(err, &wrong):
		code = event.CodeUsage
		sys.Tell("clsh: %s%s", sys.Spelled(err.Error()), c.origins.Hints(err.Error()))
	default:
		code = max(code, event.CodeOutput)
		sys.Tell("clsh: %s", err)
	}
	return p.ExitStatus(code, err)
}

func (c *Command) main(sys *system.System) (int, error) {
	if c.Relays.ServeRelay {
		return 0, c.serveRelay(sys)
	}
	c.useInventoryVariable(sys)
	if done, err := c.useRecords(sys); done || err != nil {
		return 0, err
	}
	c.Settle(c.origins, c.Interactive || c.Records.Replay != "" || gate.Within(sys.Environ))
	c.Privilege.Settle(c.origins, c.Records.Replay != "")
	c.yield()
	if err := c.checkTogether(sys); err != nil {
		return 0, err
	}
	if c.Records.Replay != "" {
		return c.replay(sys)
	}
	if err := c.checkCopy(); err != nil {
		return 0, err
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
	if err := c.CheckVia(c.origins, c.reset, words); err != nil {
		return 0, usage.Errorf("%w", err)
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
	case c.again != nil && len(list) == 0:
		if !c.Quiet {
			c.again.NoteNone(sys)
		}
		return 0, nil
	case words == "" && sys.Profile().Guards:
		return 0, usage.Errorf("no command given (%s selected)\nhint: clsh --help", count(len(list), "host"))
	}
	return c.runOn(sys, list, words)
}

// runOn runs the command, or shows how it would be run.
func (c *Command) runOn(sys *system.System, list hosts.List, words string) (code int, err error) {
	if err := c.forgotten(sys, list); err != nil {
		return 0, err
	}
	cfg, err := c.config(sys, list, words)
	if err != nil {
		return 0, err
	}
	if c.again != nil && !c.Quiet {
		c.again.Note(sys, list, c.typed(&cfg))
	}
	if c.DryRun {
		return c.dryRun(sys, cfg)
	}
	if err := c.passwords(sys, &cfg.Options); err != nil {
		return 0, err
	}
	if err := c.useRelays(sys, &cfg); err != nil {
		return 0, err
	}
	sent, err := c.pack(sys, &cfg)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, sent.close()) }()
	return c.run(sys, cfg, sent)
}

// checkTogether refuses options that make no sense together.
func (c *Command) checkTogether(sys *system.System) error {
	const besideReplay = "--replay: cannot be combined with --%s\nhint: a replay shows a run again, and runs nothing"
	rollout, copied, replayed := c.Any(), c.Copying.Active(), c.Records.Replay != ""
	if name := cmp.Or(rollout, c.Privilege.Any()); replayed && name != "" {
		return usage.Errorf(besideReplay, name)
	}
	if rollout != "" && c.Interactive && !c.listing() {
		return usage.Errorf("-i: cannot be combined with --%s\nhint: :on LIST COMMAND at the prompt runs a command on some of the hosts", rollout)
	}
	if err := cmp.Or(c.Check(), c.Privilege.Check(c.NoAgent)); err != nil {
		return usage.Errorf("%w", err)
	}
	if replayed && copied != "" {
		return usage.Errorf(besideReplay, copied)
	}
	return c.checkRelays(sys)
}

// command returns the words as one line. The original took options anywhere in
// the line: hosts behind the command are refused where none stand before it.
func (c *Command) command(sys *system.System) (string, error) {
	words := c.Words
	if c.copies != nil {
		return copying.StageCommand, nil
	}
	if c.Copying.Active() != "" {
		return copying.Command, nil
	}
	if len(words) == 0 && c.again != nil {
		return c.again.Command, nil
	}
	if len(words) > 0 && words[0] == "--" {
		return strings.Join(words[1:], " "), nil
	}
	if !c.namesHosts() && sys.Profile().Guards {
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
func (c *Command) run(sys *system.System, cfg runner.Config, sent transfer) (code int, err error) {
	cfg.OnBusy = oneProcessor()
	tty, closeTTY, err := c.OpenTTY(sys.Stdin, c.Stdin)
	if err != nil {
		return 0, usage.Errorf("%w", err)
	}
	defer func() { err = errors.Join(err, closeTTY()) }()
	show := c.show(sys, cfg.Hosts.Names())
	sent.shown(&show)
	if entry := c.keep(sys, &cfg); entry != nil {
		show.Record, show.RunID = entry, entry.ID()
	}
	var keys keyboard.Keys
	stderr, _ := sys.Stderr.(*os.File) // nil: the last words of a gate's helper are lost
	cfg.Rollout = c.Rollout(rollouts.Run{
		Hosts: cfg.Hosts, ID: show.RunID, KillAfter: c.KillAfter, Environ: sys.Environ, Stderr: stderr, TTY: tty, Keys: &keys,
	})
	shown, err := sink.New(show)
	if err != nil {
		return 0, usage.Errorf("%w", err)
	}
	cfg.Sink = shown
	if c.Stdin {
		if cfg.Input, err = conn.NewInput(sys.Stdin, cfg.TempDir); err != nil {
			return 0, errors.Join(err, shown.Close(nil))
		}
		defer func() { err = errors.Join(err, cfg.Input.Err(), cfg.Input.Close()) }()
	}
	out := sent.into(&cfg)
	r, err := runner.New(cfg)
	if err != nil {
		return 0, usage.Errorf("%w", errors.Join(err, shown.Close(nil)))
	}
	sent.begin(shown, r)
	c.noteUnsent(sys)
	summary, err := c.watch(sys, r, &keys)
	switch {
	case errors.Is(err, errBlocked):
		return event.CodeOfSignal(syscall.SIGKILL), err // the sinks are still at work
	case summary == nil:
		return 0, errors.Join(err, out.Close(nil))
	}
	if err != nil && summary.Interrupt == 0 {
		summary.Code = event.CodeOutput
		if errors.Is(err, sink.ErrReaderGone) {
			summary.Code = event.CodeOfSignal(syscall.SIGPIPE)
		}
	}
	if summary.Interrupt != 0 && errors.Is(err, sink.ErrReaderGone) {
		err = nil // its reader got the same signal
	}
	code, err = c.finish(sys, out, summary, err)
	c.noteUnsent(sys) // what came in the meantime
	return code, err
}

// A run that was killed ends within blockedEnd. One whose output nobody reads may never: it is
// given up then, and the sweeper does the rest. A busy machine may take slowEnd.
const (
	blockedEnd = 2 * time.Second
	slowEnd    = 10 * time.Second
)

// watch runs r and passes signals on to it. The summary is nil where there is
// none: the run could not begin, or was killed while its output was blocked.
func (c *Command) watch(sys *system.System, r *runner.Runner, keys *keyboard.Keys) (summary *event.Summary, err error) {
	show := func() { go r.Show() } // the sink may be busy
	if !c.Stdin && !c.TTY {
		stop, watchErr := keys.WatchReturn(sys.Stdin, show)
		if watchErr != nil {
			return nil, watchErr
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	signals, second := 0, time.Time{}
	return system.Serve(sys, r.Run, func(sig syscall.Signal, giveUp func(error)) {
		if sig == syscall.SIGUSR1 {
			show()
			return
		}
		r.Signal(sig)
		switch signals++; {
		case signals == 2:
			second = time.Now()
			files.WhenBlocked(blockedEnd, slowEnd, func() { giveUp(errBlocked) }, sys.Stdout, sys.Stderr)
		case signals > 2 && time.Since(second) >= blockedEnd:
			giveUp(errBlocked)
		}
	})
}
