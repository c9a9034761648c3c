package loop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"clsh/heat/alarm"
	"clsh/heat/checker"
	"clsh/heat/hook"
	"clsh/heat/options"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/heat/worker"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// A world is a loop's surroundings on the clock of a synctest bubble. Checks
// and scripts are functions that say how they end and how long they take.
type world struct {
	loop    *Loop
	out     strings.Builder
	err     strings.Builder
	begins  []time.Duration // of the checks
	did     []string        // scripts and signals
	notes   []string        // to the service manager
	signals chan os.Signal
	gone    chan struct{}
	cancel  context.CancelFunc
	check   func(n int) (checker.Report, time.Duration)
	hook    func(file string) (code int, takes time.Duration)
	pidErr  error
}

var errTest = errors.New("test")

// newWorld returns a world in which every check is good and takes no time.
// The nth check is not heard of any more: heat is ended while it runs.
func newWorld(t *testing.T, n int, args ...string) *world {
	t.Helper()
	cfg, err := configure(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{signals: make(chan os.Signal, 8), gone: make(chan struct{})}
	w.check = func(int) (checker.Report, time.Duration) { return good(), 0 }
	w.hook = func(string) (int, time.Duration) { return 0, 0 }
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	l := New(worker.New(ctx, cfg, worker.System{Name: "heat", Signals: w.signals}, &w.out))
	l.Stderr.To = w.err.Write
	l.Ops = worker.Ops{
		Signals: w.signals, Gone: w.gone, Hook: w.startHook,
		Notify: func(s string) { w.notes = append(w.notes, s) },
	}
	l.ops = ops{
		random: func() float64 { return 0.5 },
		signal: func(s syscall.Signal) (int, error) {
			w.did = append(w.did, fmt.Sprintf("%v %s", l.Now(), process.SignalName(s)))
			return cfg.Pid, w.pidErr
		},
		check: func() worker.Task[checker.Report] { return w.startCheck(n) },
		alarm: alarm.Timer,
	}
	l.restore()
	w.loop = l
	return w
}

// pidfileOf returns a pid file that is there: heat would report another one at once, before a
// world has what it prints.
func pidfileOf(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pid")
	if err := os.WriteFile(path, []byte("5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (w *world) startCheck(last int) worker.Task[checker.Report] {
	w.begins = append(w.begins, w.loop.Now())
	rep, takes := w.check(len(w.begins))
	done, stop := make(chan checker.Report, 1), make(chan struct{}, 2)
	if len(w.begins) == last {
		takes = 1 << 60
		w.cancel()
	}
	go func() {
		select {
		case <-time.After(takes):
		case <-stop:
			rep = checker.Report{Stopped: true}
		}
		done <- rep
	}()
	return worker.Task[checker.Report]{Done: done, Stop: func() { stop <- struct{}{} }}
}

func (w *world) startHook(h hook.Hook, _ []string, _ func(int)) worker.Task[hook.End] {
	file := h.String()
	w.did = append(w.did, fmt.Sprintf("%v %s", w.loop.Now(), file))
	code, takes := w.hook(file)
	done, stop := make(chan hook.End, 1), make(chan struct{}, 2)
	go func() {
		select {
		case <-time.After(takes):
		case <-stop:
			code = 143
		}
		done <- hook.End{Code: code, Took: takes}
	}()
	return worker.Task[hook.End]{Done: done, Stop: func() { stop <- struct{}{} }}
}

func good() checker.Report { return checker.Report{Outcome: policy.Exited, Pid: 1} }

func bad(code int) checker.Report {
	return checker.Report{Outcome: policy.Exited, Code: code, Pid: 1}
}

// inBubble runs test with the scripts fail, recover, told and page in the
// working directory.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range []string{"fail", "recover", "told", "page"} {
		script(t, ".", name, "")
	}
	synctest.Test(t, test)
}

func wantBegins(t *testing.T, w *world, want ...time.Duration) {
	t.Helper()
	if diff := cmp.Diff(want, w.begins); diff != "" {
		t.Errorf("checks began: -want +got:\n%s", diff)
	}
}

const second = time.Second

func parse(args ...string) (*options.Command, error) {
	cmd := &options.Command{}
	k, err := kong.New(cmd, kong.Name("heat"))
	if err != nil {
		return nil, err
	}
	_, err = k.Parse(args)
	return cmd, err
}

// configure checks a command line.
func configure(t *testing.T, args ...string) (*options.Settings, error) {
	t.Helper()
	cmd, err := parse(args...)
	if err != nil {
		return nil, err
	}
	return cmd.Settings()
}

// script writes an executable into dir and returns its name, which begins with ./.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return "./" + name
}
