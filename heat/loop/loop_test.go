package loop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/checker"
	"clsh/heat/policy"

	"github.com/google/go-cmp/cmp"
)

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
		w.loop.Run()
		wantBegins(t, w, 0, 1*second, 5*second, 6*second)
	})
}

func TestDelayAndJitter(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 4, "-i", "10", "--delay", "3", "--jitter", "20%", "true")
		w.loop.Run()
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
		w.loop.Run()
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

func TestOnce(t *testing.T) {
	for _, code := range []int{0, 7} {
		inBubble(t, func(t *testing.T) {
			t.Helper()
			w := newWorld(t, 0, "--once", "--pid", "1", "--fail", "./fail", "--threshold", "1", "--recovery", "./recover", "true")
			w.check = func(int) (checker.Report, time.Duration) { return bad(code), second }
			if got := w.loop.Run(); got != code {
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
		if code := w.loop.Run(); code != 1 || w.err.String() != "heat: the check cannot be started: test\n" || w.did != nil {
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
		w.loop.Run()
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
		w := newWorld(t, 3, "-i", "1", "--threshold", "1", "--pidfile", pidfileOf(t), "--signal", "USR1", "--fault-signal", "USR2", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 1 {
				return bad(1), 0
			}
			return good(), 0
		}
		w.loop.Run()
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
		if code := w.loop.Run(); code != 3 {
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
		w := newWorld(t, 4, "-i", "1", "--dry-run", "--pid", "1", "--fail", "./fail", "--threshold", "1", "--recovery", "./recover", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n == 1 {
				return bad(1), 0
			}
			return good(), 0
		}
		w.loop.Run()
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
		w.loop.Run()
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
		w := newWorld(t, len(codes)+1, "-i", "1", "--quiet", "--ignore-codes", "3", "true")
		w.check = check
		w.loop.Run()
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
		w.loop.Run()
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
		w.loop.Run()
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
		w.loop.Console.Out.To = brokenWriter{&os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}}.Write
		if code := w.loop.Run(); code != 141 || len(w.begins) != 1 {
			t.Errorf("a reader that has gone: exit status %d after %d checks", code, len(w.begins))
		}
		w = newWorld(t, 4, "-i", "1", "true")
		w.loop.Console.Out.To = brokenWriter{syscall.ENOSPC}.Write
		if code := w.loop.Run(); code != 143 || strings.Count(w.err.String(), "write standard output") != 1 {
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
		w.loop.Ops.Watchdog = tick.C
		w.check = func(int) (checker.Report, time.Duration) { return bad(1), 35 * second }
		w.hook = func(string) (int, time.Duration) { return 0, 40 * second }
		w.loop.Run()
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
