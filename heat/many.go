package heat

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"clsh/heat/checker"
	"clsh/heat/combine"
	"clsh/heat/fleet"
	"clsh/heat/history"
	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/heat/state"
)

// mostPrograms bounds how many checks run a program at a time.
const mostPrograms = 32

// checkName is what a name of at most nameLength bytes may be: it begins lines and names files.
var checkName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

const nameLength = 100

// many is the checks of a file.
type many struct {
	command *Command
	file    File
	sys     System
	board   *fleet.Board
	pool    *checker.Pool
	front   *loop // has the streams, and speaks for all
	begin   time.Time
	manager manager
	page    *page // nil: none
}

// MainOf runs the checks of a file until all have ended, as Main runs one. c has the options of the
// command line.
func (c *Command) MainOf(ctx context.Context, file File, sys System) int {
	sys.asTyped = c.AsTyped
	m := &many{command: c, file: file, sys: sys, board: fleet.NewBoard(), begin: time.Now()}
	checks, err := m.load()
	if err != nil {
		return sys.refuse(usageErrorf("%v", err))
	}
	switch {
	case c.Simulate != "":
		return m.simulate()
	case c.Timeline:
		return m.timeline()
	}
	// What heat says about all of them is on standard error.
	cfg := &config{
		json: c.Format == "json", quiet: c.Quiet, label: output.Label{ISO: c.Time == "iso"}, log: output.LogSpec{Path: output.LogStderr},
	}
	debug.SetTraceback("crash")
	if c.Lock != "" {
		lock, err := takeLock(c.Lock)
		if err != nil {
			return sys.refuse(err)
		}
		defer lock.Close()
	}
	m.pool, err = checker.NewPool(checker.Spec{Env: childEnviron(sys.Environ), Stderr: sys.Stderr}, mostPrograms)
	if err != nil {
		return sys.refuse(err)
	}
	defer m.pool.Close()
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(50)
	return m.run(ctx, newLoop(ctx, cfg, sys), checks)
}

// load reads the file and checks all of it.
func (m *many) load() ([]fleet.Check, error) {
	read, err := m.file()
	if err != nil {
		return nil, err
	}
	if len(read) == 0 {
		return nil, fmt.Errorf("--config: there are no checks\nhint: a check is a table [check.NAME]")
	}
	needs, files := map[string][]string{}, map[string]string{}
	var checks []fleet.Check
	for i, f := range read {
		needs[f.Name] = f.Needs
		cfg, begin, err := m.prepare(f, i, len(read))
		if err != nil {
			return nil, fmt.Errorf("check.%s: %w", f.Name, err)
		}
		for _, path := range []string{cfg.files.state, cfg.files.metrics} {
			if other, taken := files[path]; taken && path != "" {
				return nil, fmt.Errorf("check.%s: %s is the file of check.%s already\nhint: a name that ends in / is a directory, with a file for each check", f.Name, path, other)
			}
			files[path] = f.Name
		}
		checks = append(checks, fleet.Check{Name: f.Name, Settings: f.Settings, Start: func(ctx context.Context, signals <-chan os.Signal) <-chan int {
			return m.start(ctx, f, cfg, begin, signals)
		}})
	}
	if err := combine.Validate(needs); err != nil {
		return nil, err
	}
	if err := validateSwitches(read, needs); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, f := range read {
		names[f.Name] = true
	}
	m.page.keep(names)
	return checks, nil
}

// A beginning makes of a wired loop what runs it.
type beginning func(ctx context.Context, l *loop) (run func() int)

// prepare checks one check or switch, the ith of n.
func (m *many) prepare(f FileCheck, i, n int) (*config, beginning, error) {
	if len(f.Name) > nameLength || !checkName.MatchString(f.Name) {
		return nil, nil, fmt.Errorf("a name has letters, digits, _, - and ., and at most 100 of them")
	}
	if strings.HasSuffix(f.Command.State, "/") {
		f.Command.State += f.Name
	}
	if f.Switch != nil {
		cfg, s, err := newSwitcher(f, m.command, m.board)
		return cfg, func(ctx context.Context, l *loop) func() int { return func() int { return s.run(ctx, l) } }, err
	}
	cfg, err := m.config(f, i, n)
	return cfg, func(ctx context.Context, l *loop) func() int {
		m.wireNeeds(ctx, l, f)
		return l.run
	}, err
}

// validateSwitches returns an error for a switch that is not between two checks, for one that is needed,
// and for one whose secondary is held when the primary fails.
func validateSwitches(read []FileCheck, needs map[string][]string) error {
	checks := map[string]bool{}
	for _, f := range read {
		checks[f.Name] = f.Switch == nil
	}
	for _, f := range read {
		names := f.Needs
		if f.Switch != nil {
			names = []string{f.Switch.Primary, f.Switch.Secondary}
		}
		for _, name := range names {
			if !checks[name] {
				return fmt.Errorf("check.%s: %q is no check of this file, with a command, script or probe", f.Name, name)
			}
		}
		if f.Switch != nil && combine.Reaches(f.Switch.Secondary, f.Switch.Primary, needs) {
			return fmt.Errorf("check.%s: %s needs %s\nhint: the traffic could never go there, as %[2]s is unknown while %[3]s fails", f.Name, f.Switch.Secondary, f.Switch.Primary)
		}
	}
	return nil
}

// config checks one check, the ith of n.
func (m *many) config(f FileCheck, i, n int) (*config, error) {
	c := *f.Command
	if c.UntilOK != nil || c.Within != nil {
		return nil, fmt.Errorf("until-ok and within are for the command line")
	}
	c.Name, c.places = f.Name, f.Places
	c.Once, c.DryRun, c.Simulate = m.command.Once, m.command.DryRun, m.command.Simulate
	c.Page, c.Timeline = "", false
	c.Format, c.Quiet, c.Time = m.command.Format, m.command.Quiet, m.command.Time
	if strings.HasSuffix(c.Metrics, "/") {
		c.Metrics += f.Name + ".prom"
	}
	cfg, err := c.config()
	if err == nil && cfg.delay == 0 && !cfg.once && cfg.simulate == nil {
		cfg.delay = cfg.rules.Interval / time.Duration(n) * time.Duration(i)
	}
	return cfg, err
}

// start starts the loop of a check.
func (m *many) start(ctx context.Context, f FileCheck, cfg *config, begin beginning, signals <-chan os.Signal) <-chan int {
	sys := m.sys
	sys.Signals = signals
	l := newLoopOn(ctx, cfg, sys, m.front.console.out, m.front.stderr)
	l.ops.terminal = m.front.ops.terminal
	l.checks = 1 // a check that cannot be started does not end the others
	l.ops.notify = m.manager.notifier(f.Name)
	done := make(chan int, 1)
	release, err := l.wire(ctx, sys, m.pool.New)
	if err != nil {
		l.logf("%v", err)
		done <- exitFailure
		return done
	}
	l.page.to = m.page
	run := begin(ctx, l)
	stop := func() {}
	if m.manager.every > 0 {
		t := time.NewTicker(m.manager.every / 4)
		l.ops.watchdog, stop = t.C, t.Stop
	}
	go func() {
		code := run()
		stop()
		release()
		m.manager.left(f.Name)
		done <- code
	}()
	return done
}

// wireNeeds connects a loop with the checks that it needs, and with those that need it.
func (m *many) wireNeeds(ctx context.Context, l *loop, f FileCheck) {
	wanted := make(chan struct{}, 1)
	l.ops.wanted = wanted
	m.board.Join(f.Name, f.Needs, func() {
		select {
		case wanted <- struct{}{}:
		default:
		}
	})
	l.ops.put = func(r policy.Result, v policy.Verdict) {
		failed := l.state.Status() != policy.StatusOK
		m.board.Put(f.Name, fleet.Report{State: boardState(l.state, r, v), Failed: failed, Begun: l.begin.Add(r.Begin)})
	}
	if len(f.Needs) == 0 {
		return
	}
	l.ops.held = func() string { return m.board.HeldBy(f.Name) }
	l.ops.blame = func(ended time.Duration) task[string] {
		at := l.begin.Add(ended)
		if l.cfg.once {
			at = m.begin // each check runs once: what it needs has begun, or will
		}
		ctx, stop := context.WithCancel(ctx)
		done := make(chan string, 1)
		go func() { defer stop(); done <- m.board.Blame(ctx, f.Name, at) }()
		return task[string]{done, stop}
	}
}

// boardState is what a check's result means for those that need it.
func boardState(s policy.State, r policy.Result, v policy.Verdict) combine.State {
	switch {
	case s.Status() != policy.StatusOK || s.Streak.Count > 0 || v == policy.Bad && !r.Paused:
		return combine.Failing
	case v == policy.Good:
		return combine.Good
	}
	return combine.Unknown
}

// run runs the checks; front has the streams.
func (m *many) run(ctx context.Context, front *loop, checks []fleet.Check) int {
	m.front = front
	m.manager.notify = front.ops.notify
	var ticks <-chan time.Time
	if every, err := daemon.SdWatchdogEnabled(false); err == nil && every > 0 {
		m.manager.every = every
		t := time.NewTicker(every / 2)
		defer t.Stop()
		ticks = t.C
	}
	if m.command.Page != "" {
		m.page = newPage(m.command.Page, front.logf)
		front.page.to = m.page
	}
	front.ops.notify("READY=1")
	code := fleet.Run(ctx, fleet.Config{
		Load: m.load, Signals: m.sys.Signals, Terminal: front.ops.terminal, Logf: front.logf,
		Ticks: ticks, Tick: m.manager.tick,
	}, checks)
	front.ops.notify("STOPPING=1")
	front.finish()
	return code
}

// simulate shows what heat would do, check by check. What checks need, and switches, are not in it.
func (m *many) simulate() int {
	read, err := m.file()
	if err != nil {
		return m.sys.refuse(usageErrorf("%v", err))
	}
	for i, f := range read {
		if f.Switch != nil {
			continue
		}
		cfg, err := m.config(f, i, len(read))
		if err != nil {
			return m.sys.refuse(err)
		}
		if _, err := fmt.Fprintf(m.sys.Stdout, "[check.%s]\n", f.Name); err != nil {
			return exitFailure
		}
		if code := simulate(cfg, m.sys.Stdout); code != 0 {
			return code
		}
	}
	return 0
}

// timeline prints those of the checks of a file. One whose state file is not there yet has none.
func (m *many) timeline() int {
	read, err := m.file()
	if err != nil {
		return m.sys.refuse(usageErrorf("%v", err))
	}
	var checks []history.Check
	for i, f := range read {
		cfg, _, err := m.prepare(f, i, len(read))
		if err != nil {
			return m.sys.refuse(usageErrorf("check.%s: %v", f.Name, err))
		}
		if f.Switch != nil {
			continue
		}
		if cfg.files.state == "" {
			return m.sys.refuse(usageErrorf("--timeline: check.%s has no state\nhint: state = \"DIRECTORY/\" above the first table", f.Name))
		}
		past, err := state.Past(cfg.files.state, f.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			past = history.Check{Name: f.Name, State: "unknown"}
		case err != nil:
			return m.sys.refuse(fmt.Errorf("--timeline: read state of check.%s: %w", f.Name, err))
		}
		checks = append(checks, past)
	}
	return printTimeline(m.sys, checks)
}
