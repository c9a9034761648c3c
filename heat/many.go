package heat

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"clsh/heat/checker"
	"clsh/heat/combine"
	"clsh/heat/exit"
	"clsh/heat/failover"
	"clsh/heat/fleet"
	"clsh/heat/history"
	"clsh/heat/loop"
	"clsh/heat/manager"
	"clsh/heat/options"
	"clsh/heat/output"
	"clsh/heat/page"
	"clsh/heat/simulate"
	"clsh/heat/state"
	"clsh/heat/worker"
)

// mostPrograms bounds how many checks run a program at a time.
const mostPrograms = 32

// tick divides the interval over which checks are spread: those of the same instant share a wake-up
// of the process, which costs more than a probe does.
const tick = 50 * time.Millisecond

// checkName is what a name of at most nameLength bytes may be: it begins lines and names files.
var checkName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

const nameLength = 100

// many is the checks of a file.
type many struct {
	command *options.Command
	file    File
	sys     System
	board   *fleet.Board
	pool    *checker.Pool
	front   *worker.Worker // has the streams, and speaks for all
	begin   time.Time
	manager manager.Checks
	page    *page.Page // nil: none
}

// MainOf runs the checks of a file until all have ended, as Main runs one. c has the options of the
// command line.
func MainOf(ctx context.Context, c *options.Command, file File, sys System) int {
	sys.asTyped = c.AsTyped
	m := &many{command: c, file: file, sys: sys, board: fleet.NewBoard(), begin: time.Now()}
	plans, err := m.load()
	if err != nil {
		return sys.refuse(exit.Usagef("%v", err))
	}
	switch {
	case c.Simulate != "":
		return m.simulate(plans)
	case c.Timeline:
		return m.timeline(plans)
	}
	release, err := occupy(c.Lock)
	if err != nil {
		return sys.refuse(err)
	}
	defer release()
	m.pool, err = checker.NewPool(checker.Spec{Env: worker.ChildEnviron(sys.Environ), Stderr: sys.Stderr}, mostPrograms)
	if err != nil {
		return sys.refuse(err)
	}
	defer m.pool.Close()
	tuneMemory()
	// What heat says about all of them is on standard error.
	m.front = worker.New(ctx, &options.Settings{
		JSON: c.Format == "json", Quiet: c.Quiet, Label: output.Label{ISO: c.Time == "iso"}, Log: output.LogSpec{Path: output.LogStderr},
	}, sys.worker(), sys.Stdout)
	return m.run(ctx, plans)
}

// A plan is a check or a switch that has been read and checked.
type plan struct {
	FileCheck
	cfg   *options.Settings
	begin beginning
}

// A beginning makes of a worker what runs the check or the switch; release is called when it has run.
type beginning func(ctx context.Context, w *worker.Worker) (run func() int, release func(), err error)

// load reads the file and checks all of it.
func (m *many) load() ([]plan, error) {
	read, err := m.file()
	if err != nil {
		return nil, err
	}
	if len(read) == 0 {
		return nil, fmt.Errorf("--config: there are no checks\nhint: a check is a table [check.NAME]")
	}
	needs, files := map[string][]string{}, map[string]string{}
	var plans []plan
	for i, f := range read {
		needs[f.Name] = f.Needs
		cfg, begin, err := m.prepare(f, i, len(read))
		if err != nil {
			return nil, fmt.Errorf("check.%s: %w", f.Name, err)
		}
		for _, path := range []string{cfg.Files.State, cfg.Files.Metrics} {
			if other, taken := files[path]; taken && path != "" {
				return nil, fmt.Errorf("check.%s: %s is the file of check.%s already\nhint: a name that ends in / is a directory, with a file for each check", f.Name, path, other)
			}
			files[path] = f.Name
		}
		plans = append(plans, plan{f, cfg, begin})
	}
	if err := combine.Validate(needs); err != nil {
		return nil, err
	}
	if err := validateSwitches(read, needs); err != nil {
		return nil, err
	}
	m.page.Keep(func(name string) bool { _, is := needs[name]; return is })
	return plans, nil
}

// prepare checks one check or switch, the ith of n.
func (m *many) prepare(f FileCheck, i, n int) (*options.Settings, beginning, error) {
	if len(f.Name) > nameLength || !checkName.MatchString(f.Name) {
		return nil, nil, fmt.Errorf("a name has letters, digits, _, - and ., and at most 100 of them")
	}
	if strings.HasSuffix(f.Command.State, "/") {
		f.Command.State += f.Name
	}
	if f.Switch != nil {
		return m.prepareSwitch(f)
	}
	cfg, err := m.config(f, i, n)
	return cfg, func(ctx context.Context, w *worker.Worker) (func() int, func(), error) {
		l := loop.New(w)
		release, err := l.Open(ctx, m.sys.worker(), m.pool.New)
		if err != nil {
			return nil, nil, err
		}
		l.ShowOn(m.page)
		l.Join(ctx, m.board, f.Name, f.Needs, m.begin)
		return l.Run, release, nil
	}, err
}

// prepareSwitch is prepare for a switch.
func (m *many) prepareSwitch(f FileCheck) (*options.Settings, beginning, error) {
	f.Command.Name, f.Command.Time = f.Name, m.command.Time
	cfg, err := f.Command.SwitchSettings(m.command)
	if err != nil {
		return nil, nil, err
	}
	s, err := failover.New(*f.Switch, f.Command.Rise, m.command.Simulate == "", m.board)
	return cfg, func(ctx context.Context, w *worker.Worker) (func() int, func(), error) {
		return func() int { return s.Run(ctx, w) }, func() {}, nil
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
func (m *many) config(f FileCheck, i, n int) (*options.Settings, error) {
	c := *f.Command
	if c.UntilOK != nil || c.Within != nil {
		return nil, fmt.Errorf("until-ok and within are for the command line")
	}
	c.Name = f.Name
	c.Once, c.DryRun, c.Simulate = m.command.Once, m.command.DryRun, m.command.Simulate
	c.Page, c.Timeline = "", false
	c.Format, c.Quiet, c.Time = m.command.Format, m.command.Quiet, m.command.Time
	if strings.HasSuffix(c.Metrics, "/") {
		c.Metrics += f.Name + ".prom"
	}
	cfg, err := c.Settings()
	if err == nil && cfg.Delay == 0 && !cfg.Once && cfg.Simulate == nil {
		cfg.Delay = (cfg.Rules.Interval / time.Duration(n) * time.Duration(i)).Truncate(tick)
		cfg.Tick = tick
	}
	return cfg, err
}

// start starts a check or a switch.
func (m *many) start(ctx context.Context, p plan, signals <-chan os.Signal) <-chan int {
	sys := m.sys.worker()
	sys.Signals = signals
	w := m.front.Beside(ctx, p.cfg, sys)
	w.Begin = m.begin.Add(time.Since(m.begin).Truncate(tick))
	w.Ops.Notify = m.manager.Notifier(p.Name)
	done := make(chan int, 1)
	run, release, err := p.begin(ctx, w)
	if err != nil {
		w.Logf("%v", err)
		done <- exit.Failure
		return done
	}
	w.Ops.Watchdog = time.Tick(m.manager.Every / 4)
	go func() {
		code := run()
		release()
		m.manager.Left(p.Name)
		done <- code
	}()
	return done
}

// fleet returns the checks as package fleet runs them.
func (m *many) fleet(plans []plan) []fleet.Check {
	var checks []fleet.Check
	for _, p := range plans {
		checks = append(checks, fleet.Check{Name: p.Name, Settings: p.Settings, Start: func(ctx context.Context, signals <-chan os.Signal) <-chan int {
			return m.start(ctx, p, signals)
		}})
	}
	return checks
}

// run runs the checks.
func (m *many) run(ctx context.Context, plans []plan) int {
	m.manager.Notify, m.manager.Every = m.front.Ops.Notify, manager.Watchdog()
	var lanes []*output.Lane
	if m.command.Page != "" {
		m.page = page.New(m.command.Page, m.front.Logf)
		lanes = append(lanes, m.page.Lane())
	}
	m.front.Ops.Notify("READY=1")
	code := fleet.Run(ctx, fleet.Config{
		Load: func() ([]fleet.Check, error) {
			plans, err := m.load()
			return m.fleet(plans), err
		},
		Signals: m.sys.Signals, Terminal: m.front.Ops.Terminal, Logf: m.front.Logf,
		Ticks: time.Tick(m.manager.Every / 2), Tick: m.manager.Tick,
	}, m.fleet(plans))
	m.front.Ops.Notify("STOPPING=1")
	m.front.Finish(lanes...)
	return code
}

// simulate shows what heat would do, check by check. What checks need, and switches, are not in it.
func (m *many) simulate(plans []plan) int {
	for _, p := range plans {
		if p.Switch != nil {
			continue
		}
		if _, err := fmt.Fprintf(m.sys.Stdout, "[check.%s]\n", p.Name); err != nil {
			return exit.Failure
		}
		if code := simulate.Run(p.cfg, m.sys.Stdout); code != 0 {
			return code
		}
	}
	return 0
}

// timeline prints those of the checks of a file. One whose state file is not there yet has none.
func (m *many) timeline(plans []plan) int {
	var checks []history.Check
	for _, p := range plans {
		if p.Switch != nil {
			continue
		}
		if p.cfg.Files.State == "" {
			return m.sys.refuse(exit.Usagef("--timeline: check.%s has no state\nhint: state = \"DIRECTORY/\" above the first table", p.Name))
		}
		past, err := state.Past(p.cfg.Files.State, p.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			past = history.Check{Name: p.Name, State: "unknown"}
		case err != nil:
			return m.sys.refuse(fmt.Errorf("--timeline: read state of check.%s: %w", p.Name, err))
		}
		checks = append(checks, past)
	}
	return printTimeline(m.sys, checks)
}
