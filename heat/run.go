package heat

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"clsh/heat/checker"
	"clsh/heat/exit"
	"clsh/heat/hook"
	"clsh/heat/loop"
	"clsh/heat/manager"
	"clsh/heat/options"
	"clsh/heat/page"
	"clsh/heat/reaper"
	"clsh/heat/simulate"
	"clsh/heat/worker"
)

// HelperMain runs the process that heat's checks run under, or the one that becomes a hook, if args
// (the process's own, os.Args) are those of one. The program calls it first and, if is is true,
// exits with code. A complaint goes to stderr.
func HelperMain(args []string, stderr io.Writer) (code int, is bool) {
	switch {
	case checker.IsHelper(args):
		return checker.Helper(args, stderr), true
	case hook.IsGate(args):
		return hook.Gate(args, stderr), true
	}
	return 0, false
}

// Signals are those that heat wants to receive. The program asks for them with
// signal.Notify, but for those that are ignored (signal.Ignored): nohup and
// its like mean it.
func Signals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1}
}

// ReaperMain makes this process a reaper that runs heat with args as its child, if it is PID 1, or
// if c asks for --init; is reports whether it did. The child gets the signals that come from
// sys.Signals.
func ReaperMain(c *options.Command, args []string, sys System) (code int, is bool) {
	code, ran, err := reaper.Run(reaper.Config{
		Args: args, Name: sys.Name, Init: c.Init, Stdout: sys.Stdout, Stderr: sys.Stderr, Signals: sys.Signals, Client: sys.Reaper,
	})
	switch {
	case errors.Is(err, reaper.ErrNoInit):
		return sys.refuse(exit.Usagef("%v", err)), true
	case err != nil:
		return sys.refuse(err), true
	}
	return code, ran
}

// Main runs heat with one check until a signal, the end of ctx (as SIGTERM), or one of the
// ends that heat(1) names, and returns the exit status.
func Main(ctx context.Context, c *options.Command, sys System) int {
	sys.compat, sys.asTyped = c.Compat, c.AsTyped
	if c.Timeline {
		return timeline(c, sys)
	}
	cfg, err := c.Settings()
	if err != nil {
		return sys.refuse(err)
	}
	if cfg.Simulate != nil {
		return simulate.Run(cfg, sys.Stdout)
	}
	free, err := occupy(cfg.Files.Lock)
	if err != nil {
		return sys.refuse(err)
	}
	defer free()
	l := loop.New(worker.New(ctx, cfg, sys.worker(), sys.Stdout))
	release, err := l.Open(ctx, sys.worker(), checker.New)
	if err != nil {
		return sys.refuse(err)
	}
	defer release()
	if cfg.Files.Page != "" {
		l.ShowOn(page.New(cfg.Files.Page, l.Logf))
	}
	l.Ops.Watchdog = time.Tick(manager.Watchdog() / 2)
	defer l.Alone()()
	tuneMemory()
	return l.Run()
}
