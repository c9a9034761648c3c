package heat

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

	"clsh/heat/checker"
	"clsh/heat/policy"

	"github.com/google/go-cmp/cmp"
)

// A world is a loop's surroundings on the clock of a synctest bubble. Checks
// and scripts are functions that say how they end and how long they take.
type world struct {
	loop    *loop
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
	l := newLoop(ctx, cfg, System{Name: "heat", Stdout: &w.out, Signals: w.signals})
	l.stderr.To = w.err.Write
	l.hands = hands{
		signals: w.signals, gone: w.gone,
		notify: func(s string) { w.notes = append(w.notes, s) },
		random: func() float64 { return 0.5 },
		signal: func(s syscall.Signal) (int, error) {
			w.did = append(w.did, fmt.Sprintf("%v %s", l.now(), signalName(s)))
			return cfg.pid, w.pidErr
		},
		check: func() task[checker.Report] { return w.startCheck(n) },
		hook:  w.startHook,
		alarm: timerAlarm,
	}
	l.restore()
	w.loop = l
	return w
}

func (w *world) startCheck(last int) task[checker.Report] {
	w.begins = append(w.begins, w.loop.now())
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
	return task[checker.Report]{done, func() { stop <- struct{}{} }}
}

func (w *world) startHook(h hook, _ []string, _ func(int)) task[hookEnd] {
	file := h.text
	w.did = append(w.did, fmt.Sprintf("%v %s", w.loop.now(), file))
	code, takes := w.hook(file)
	done, stop := make(chan hookEnd, 1), make(chan struct{}, 2)
	go func() {
		select {
		case <-time.After(takes):
		case <-stop:
			code = 143
		}
		done <- hookEnd{code: code, took: takes}
	}()
	return task[hookEnd]{done, func() { stop <- struct{}{} }}
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

func TestADayWithoutDrift(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		const day = 24 * 60 * 60
		w := newWorld(t, day, "-i", "1", "true")
		w.check = func(int) (checker.Report, time.Duration) { return good(), 100 * time.Millisecond }
		if code := w.loop.run(); code != exitSignal+int(syscall.SIGTERM) {
			t.Errorf("exit status %d", code)
		}
		for n, begin := range w.begins {
			if begin != time.Duration(n)*second {
				t.Fatalf("check %d began at %v", n, begin)
			}
		}
		if got := strings.Count(w.out.String(), ": OK\n"); len(w.begins) != day || got != day-1 {
			t.Errorf("%d checks, %d lines", len(w.begins), got)
		}
	})
}

func TestALongScriptSkipsSlots(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 4, "-i", "1", "--fail", "./fail", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 2 {
				return bad(7), 100 * time.Millisecond
			}
			return good(), 100 * time.Millisecond
		}
		w.hook = func(string) (int, time.Duration) { return 0, 3500 * time.Millisecond }
		w.loop.run()
		wantBegins(t, w, 0, 1*second, 5*second, 6*second)
	})
}

func TestDelayAndJitter(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 4, "-i", "10", "--delay", "3", "--jitter", "20%", "true")
		w.loop.run()
		// Half of 20 % of 10 s later than the grid; it does not add up.
		wantBegins(t, w, 4*second, 14*second, 24*second, 34*second)
	})
}

func TestTheOriginalsTranscript(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 8, "-i", "2", "-s", "./fail", "--pid", "47001", "--recovery", "./recover", "--recovered", "./told",
			"--threshold", "3", "--recovery-timeout", "10", "--fault-signal", "USR1", "--success-signal", "USR2", "--fail", "./fail")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n >= 3 && n <= 5 {
				return bad(7), 0
			}
			return good(), 0
		}
		w.hook = func(file string) (int, time.Duration) {
			if file == "./recover" {
				return 5, 3 * second
			}
			return 0, 0
		}
		begin := time.Now().Unix()
		w.loop.run()
		wantBegins(t, w, 0, 2*second, 4*second, 6*second, 8*second, 11*second, 13*second, 15*second)
		want := ""
		for _, s := range []struct {
			after int64
			text  string
		}{
			{0, "OK"}, {2, "OK"}, {4, "Failed: Exit Code 7, details in heat.log"},
			{6, "Failed: Exit Code 7, details in heat.log"}, {8, "Failed: Exit Code 7, details in heat.log"}, {13, "OK"},
		} {
			want += fmt.Sprintf("%d: %s\n", begin+s.after, s.text)
		}
		if diff := cmp.Diff(want, w.out.String()); diff != "" {
			t.Errorf("console: -want +got:\n%s", diff)
		}
		did := []string{
			"4s HUP", "4s ./fail", "6s HUP", "6s ./fail", "8s HUP", "8s ./fail", "8s USR1", "8s ./recover", "11s USR2", "11s ./told",
		}
		if diff := cmp.Diff(did, w.did); diff != "" {
			t.Errorf("done: -want +got:\n%s", diff)
		}
		wantErr := fmt.Sprintf("%d: recovery 1, exit code 5\n%d: recovered after 1 recovery, 3 failed checks\n", begin+11, begin+11)
		if diff := cmp.Diff(wantErr, w.err.String()); diff != "" {
			t.Errorf("standard error: -want +got:\n%s", diff)
		}
		log, _ := os.ReadFile("heat.log")
		if diff := cmp.Diff(wantErr, string(log)); diff != "" {
			t.Errorf("log: -want +got:\n%s", diff)
		}
	})
}

// after sends s when d has passed.
func (w *world) after(d time.Duration, s os.Signal) {
	go func() {
		<-time.After(d)
		w.signals <- s
	}()
}

func TestSignalsToEnd(t *testing.T) {
	slow := func(int) (checker.Report, time.Duration) { return bad(1), 10 * second }
	hang := func(string) (int, time.Duration) { return 0, 100 * second }
	tests := []struct {
		name    string
		args    string
		prepare func(*world)
		code    int
		took    time.Duration
		did     []string
	}{
		{"between checks", "-i 30 true", func(w *world) { w.after(5*second, syscall.SIGTERM) }, 143, 5 * second, nil},
		{"during a check", "-i 30 --fail ./fail true", func(w *world) {
			w.check = slow
			w.after(5*second, syscall.SIGINT)
		}, 130, 5 * second, nil},
		{"a script is waited for, nothing follows it", "-i 30 --fail ./fail --threshold 1 --recovery ./recover true", func(w *world) {
			w.check, w.hook = slow, hang
			w.after(20*second, syscall.SIGQUIT)
		}, 131, 110 * second, []string{"10s ./fail"}},
		{"a recovery is waited for", "-i 30 --threshold 1 --recovery ./recover true", func(w *world) {
			w.check, w.hook = slow, hang
			w.after(20*second, syscall.SIGTERM)
		}, 143, 110 * second, []string{"10s ./recover"}},
		{"a second signal ends the script", "-i 30 --threshold 1 --recovery ./recover true", func(w *world) {
			w.check, w.hook = slow, hang
			w.after(20*second, syscall.SIGTERM)
			w.after(25*second, syscall.SIGINT)
		}, 143, 25 * second, []string{"10s ./recover"}},
		{"the end of the context is SIGTERM", "-i 30 true", func(w *world) {
			go func() { <-time.After(7 * second); w.cancel() }()
		}, 143, 7 * second, nil},
		{"a hang-up of the terminal", "-i 30 true", func(w *world) {
			w.loop.hands.terminal = true
			w.after(5*second, syscall.SIGHUP)
		}, 129, 5 * second, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				t.Helper()
				w := newWorld(t, 0, strings.Fields(tt.args)...)
				tt.prepare(w)
				if code := w.loop.run(); code != tt.code || w.loop.now() != tt.took {
					t.Errorf("exit status %d after %v, want %d after %v", code, w.loop.now(), tt.code, tt.took)
				}
				if diff := cmp.Diff(tt.did, w.did); diff != "" {
					t.Errorf("done: -want +got:\n%s", diff)
				}
				if last := w.notes[len(w.notes)-2]; w.notes[0] != "READY=1" || last != "STOPPING=1" {
					t.Errorf("told the service manager: %q", w.notes)
				}
			})
		})
	}
}

func TestACheckNow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 5, "-i", "10", "true")
		w.check = func(n int) (checker.Report, time.Duration) { return good(), 2 * second }
		w.after(5*second, syscall.SIGUSR1)
		w.after(11*second, syscall.SIGUSR1) // while one runs: that is the one
		w.loop.run()
		wantBegins(t, w, 0, 5*second, 10*second, 20*second, 30*second)
	})
}

func TestTheProcessGoes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 0, "-i", "10", "--pid", "47001", "--fail", "./fail", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 3 {
				return bad(7), 0
			}
			return good(), 0
		}
		go func() { <-time.After(5 * second); close(w.gone) }()
		begin := time.Now().Unix()
		if code := w.loop.run(); code != 1 || w.loop.now() != 20*second {
			t.Errorf("exit status %d after %v", code, w.loop.now())
		}
		want := fmt.Sprintf("%d: process 47001 has ended\n올바른 PID를 입력해주세요\n", begin+5)
		if diff := cmp.Diff(want, w.err.String()); diff != "" || len(w.did) > 0 {
			t.Errorf("did %q, standard error: -want +got:\n%s", w.did, diff)
		}
		if !strings.HasSuffix(w.out.String(), ": Failed: Exit Code 7, details in heat.log\n") {
			t.Errorf("console: %s", w.out.String())
		}
	})
}

func TestTheProcessGoesUnseen(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 0, "-i", "10", "--pid", "47001", "--fail", "./fail", "true")
		w.check = func(int) (checker.Report, time.Duration) { return bad(7), 0 }
		w.pidErr = os.ErrProcessDone
		if code := w.loop.run(); code != 1 || !strings.HasSuffix(w.err.String(), "has ended\n올바른 PID를 입력해주세요\n") {
			t.Errorf("exit status %d, standard error %s", code, w.err.String())
		}
		if diff := cmp.Diff([]string{"0s HUP"}, w.did); diff != "" {
			t.Errorf("done: -want +got:\n%s", diff)
		}
	})
}

func TestAPidfileNeverEndsHeat(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 3, "-i", "10", "--pidfile", "x", "true")
		w.check = func(int) (checker.Report, time.Duration) { return bad(7), 0 }
		w.pidErr = fmt.Errorf("signal process 5: %w", os.ErrProcessDone)
		if code := w.loop.run(); code != 143 || strings.Count(w.err.String(), ": HUP not sent: signal process 5") != 2 {
			t.Errorf("exit status %d, standard error %s", code, w.err.String())
		}
	})
}

func TestOnce(t *testing.T) {
	for _, code := range []int{0, 7} {
		inBubble(t, func(t *testing.T) {
			t.Helper()
			w := newWorld(t, 0, "--once", "--pid", "1", "--fail", "./fail", "--threshold", "1", "--recovery", "./recover", "true")
			w.check = func(int) (checker.Report, time.Duration) { return bad(code), second }
			if got := w.loop.run(); got != code {
				t.Errorf("exit status %d, want %d", got, code)
			}
			want := []string{"1s HUP", "1s ./fail"}
			if code == 0 {
				want = nil
			}
			if diff := cmp.Diff(want, w.did); diff != "" {
				t.Errorf("done: -want +got:\n%s", diff)
			}
		})
	}
}

func TestCannotRun(t *testing.T) {
	cannot := checker.Report{Outcome: policy.CannotRun, Code: 126, Err: errTest}
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 0, "--fail", "./fail", "true")
		w.check = func(int) (checker.Report, time.Duration) { return cannot, 0 }
		if code := w.loop.run(); code != 1 || w.err.String() != "heat: the check cannot be started: test\n" || w.did != nil {
			t.Errorf("at the start: exit status %d, %s", code, w.err.String())
		}
	})
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 5, "-i", "1", "--pid", "1", "--fail", "./fail", "--threshold", "2", "--recovery", "./recover", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 1 {
				return good(), 0
			}
			return cannot, 0
		}
		w.loop.run()
		if diff := cmp.Diff([]string{"1s ./fail", "2s ./fail", "3s ./fail"}, w.did); diff != "" {
			t.Errorf("done: -want +got:\n%s", diff)
		}
		if strings.Count(w.out.String(), "Failed: Exit Code 126, details") != 3 || strings.Count(w.err.String(), "cannot be started: test") != 3 {
			t.Errorf("console %s, standard error %s", w.out.String(), w.err.String())
		}
	})
}

func TestRepairBySignalAlone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 3, "-i", "1", "--threshold", "1", "--pidfile", "x", "--signal", "USR1", "--fault-signal", "USR2", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 1 {
				return bad(1), 0
			}
			return good(), 0
		}
		w.loop.run()
		if diff := cmp.Diff([]string{"0s USR1", "0s USR2"}, w.did); diff != "" {
			t.Errorf("done: -want +got:\n%s", diff)
		}
		if !strings.Contains(w.err.String(), ": recovery 1, by signal\n") {
			t.Errorf("standard error: %s", w.err.String())
		}
	})
}

func TestGiveUp(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 0, "-i", "1", "--threshold", "2", "--recovery", "./recover", "--max-recoveries", "1", "--give-up", "./page", "true")
		w.check = func(int) (checker.Report, time.Duration) { return bad(1), 0 }
		if code := w.loop.run(); code != 3 {
			t.Errorf("exit status %d", code)
		}
		if diff := cmp.Diff([]string{"1s ./recover", "2s ./page"}, w.did); diff != "" {
			t.Errorf("done: -want +got:\n%s", diff)
		}
	})
}

func TestWatchAndPause(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 4, "-i", "1", "--watch", "--pid", "1", "--fail", "./fail", "--threshold", "1", "--recovery", "./recover", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 1 {
				return bad(1), 0
			}
			return good(), 0
		}
		w.loop.run()
		if w.did != nil || strings.Count(w.err.String(), ": would ") != 3 {
			t.Errorf("did %q, standard error %s", w.did, w.err.String())
		}
		wantBegins(t, w, 0, 0, 1*second, 2*second)
	})
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 5, "-i", "1", "--pause-file", "pause", "--fail", "./fail", "--threshold", "2", "--recovery", "./recover", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			switch n {
			case 2:
				_ = os.WriteFile("pause", nil, 0o644)
			case 4:
				_ = os.Remove("pause")
			}
			return bad(1), 0
		}
		w.loop.run()
		if diff := cmp.Diff([]string{"0s ./fail", "3s ./fail", "3s ./recover"}, w.did); diff != "" {
			t.Errorf("done: -want +got:\n%s", diff)
		}
		if strings.Count(w.out.String(), "Failed") != 4 {
			t.Errorf("console %s", w.out.String())
		}
	})
}

func TestQuietAndJSON(t *testing.T) {
	codes := []int{0, 0, 1, 1, 3, 1, 0}
	check := func(n int) (checker.Report, time.Duration) {
		if n > len(codes) {
			return good(), 0
		}
		return bad(codes[n-1]), 0
	}
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, len(codes)+1, "-i", "1", "--quiet", "--unknown", "3", "true")
		w.check = check
		w.loop.run()
		var got []string
		for line := range strings.Lines(w.out.String()) {
			_, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
			got = append(got, text)
		}
		failed := "Failed: Exit Code 1, details in heat.log"
		if diff := cmp.Diff([]string{"OK", failed, "Unknown: Exit Code 3", failed, "OK"}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 4, "-i", "1", "--format", "json", "--pid", "9", "--threshold", "1", "--recovery", "./recover", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 1 {
				return checker.Report{Outcome: policy.Signaled, Code: 137, Signal: 9, Pid: 77}, 1500 * time.Millisecond
			}
			return good(), 0
		}
		now := time.Now().Unix()
		w.loop.run()
		want := fmt.Sprintf(`{"time":%d,"event":"check","result":"failed","code":137,"reason":"signaled","signal":"KILL","pid":77,"duration_ms":1500,"failures":1}
{"time":%d,"event":"signal","signal":"HUP","pid":9}
{"time":%[2]d,"event":"script","code":0,"duration_ms":0,"script":"recovery","recoveries":1}
{"time":%[2]d,"event":"check","result":"ok","code":0,"reason":"exited","pid":1,"duration_ms":0,"failures":1,"recheck":true}
{"time":%[2]d,"event":"recovered","failures":1,"recoveries":1}
{"time":%d,"event":"check","result":"ok","code":0,"reason":"exited","pid":1,"duration_ms":0,"failures":0}
`, now, now+1, now+2)
		if diff := cmp.Diff(want, w.out.String()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestStateSurvives(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		args := []string{"-i", "1", "--state", "state", "--metrics", "m.prom", "--fail", "./fail", "--threshold", "3", "--recovery", "./recover", "true"}
		allBad := func(int) (checker.Report, time.Duration) { return bad(7), 0 }
		w := newWorld(t, 3, args...)
		w.check = allBad
		w.loop.run() // two failures are counted, the third check is stopped
		// The third failure is the first of this heat. Its fail script is
		// interrupted, so that the recovery is not begun.
		w = newWorld(t, 0, args...)
		w.check = allBad
		w.hook = func(string) (int, time.Duration) { w.signals <- syscall.SIGTERM; return 0, second }
		if code := w.loop.run(); code != 143 || len(w.did) != 1 {
			t.Errorf("exit status %d, did %q", code, w.did)
		}
		w = newWorld(t, 3, args...)
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 2 {
				return good(), 0
			}
			return bad(7), 0
		}
		w.loop.run()
		if diff := cmp.Diff([]string{"0s ./fail", "0s ./recover"}, w.did); diff != "" {
			t.Errorf("done: -want +got:\n%s", diff)
		}
		if !strings.Contains(w.err.String(), "recovered after 1 recovery, 4 failed checks") {
			t.Errorf("standard error: %s", w.err.String())
		}
		text, err := os.ReadFile("m.prom")
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"heat_up 1", `heat_checks_total{result="failed"} 4`, `heat_checks_total{result="ok"} 1`, "heat_consecutive_failures 0",
			`heat_recoveries_total{result="proven"} 1`, `heat_check_duration_seconds_bucket{le="0.005"} 5`, "heat_check_duration_seconds_count 5",
		} {
			if !strings.Contains(string(text), line+"\n") {
				t.Errorf("metrics lack %q:\n%s", line, text)
			}
		}
	})
}

func TestABrokenStateFileIsSetAside(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, text := range []string{"", "{", "\x00\xff", strings.Repeat(" ", stateBound+1), `{"version":2}`, `{"version":1,"row":{"count":-1}}`, `{"version":1,"phase":"lost"}`,
		`{"version":1,"durations":{"counts":[1]}}`, `{"version":1,"checks":null}`} {
		if err := os.WriteFile("state", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		said := ""
		k := newKeeper(&config{state: "state"}, func(format string, args ...any) { said += fmt.Sprintf(format, args...) })
		if _, found := k.load(0); found || !strings.Contains(said, "moved to state.bad, a new one begins") {
			t.Errorf("%q: found %v, %s", text, found, said)
		}
		if kept, err := os.ReadFile("state.bad"); err != nil || string(kept) != text {
			t.Errorf("%q: set aside as %q, %v", text, kept, err)
		}
		if _, err := os.Stat("state"); err == nil {
			t.Errorf("%q is still there", text)
		}
	}
}

func TestWhatCannotBeWrittenIsToldOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		none := filepath.Join("none", "file")
		w := newWorld(t, 4, "-i", "1", "--state", none, "--metrics", none, "--log", none, "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 3 {
				_ = os.Mkdir("none", 0o755)
			}
			return bad(1), 0
		}
		w.loop.run()
		for _, what := range []string{"write state: ", "write metrics: ", "write log: "} {
			if strings.Count(w.err.String(), what) != 1 {
				t.Errorf("%s not once:\n%s", what, w.err.String())
			}
		}
		if strings.Count(w.out.String(), "Failed") != 3 {
			t.Errorf("console: %s", w.out.String())
		}
		if _, err := os.Stat(none); err != nil {
			t.Error("not written when it could be: ", err)
		}
	})
}

// brokenWriter fails as a pipe does that nobody reads, or a full disk.
type brokenWriter struct{ err error }

func (b brokenWriter) Write([]byte) (int, error) { return 0, b.err }

func TestBrokenStandardOutput(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 3, "-i", "1", "true")
		w.loop.console.out.To = brokenWriter{&os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}}.Write
		if code := w.loop.run(); code != 141 || len(w.begins) != 1 {
			t.Errorf("a reader that has gone: exit status %d after %d checks", code, len(w.begins))
		}
		w = newWorld(t, 4, "-i", "1", "true")
		w.loop.console.out.To = brokenWriter{syscall.ENOSPC}.Write
		if code := w.loop.run(); code != 143 || strings.Count(w.err.String(), "write standard output") != 1 {
			t.Errorf("a full disk: exit status %d, %s", code, w.err.String())
		}
	})
}

func TestWatchdogWhileAScriptRuns(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 2, "-i", "100", "--fail", "./fail", "true")
		tick := time.NewTicker(10 * second)
		defer tick.Stop()
		w.loop.hands.watchdog = tick.C
		w.check = func(int) (checker.Report, time.Duration) { return bad(1), 35 * second }
		w.hook = func(string) (int, time.Duration) { return 0, 40 * second }
		w.loop.run()
		n := 0
		for _, s := range w.notes {
			if s == "WATCHDOG=1" {
				n++
			}
		}
		if n < 9 {
			t.Errorf("%d pings in 100 s", n)
		}
	})
}
