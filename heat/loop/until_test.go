package loop

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/checker"

	"github.com/google/go-cmp/cmp"
)

func TestUntilOK(t *testing.T) {
	// codes is a check that ends with these in turn, and then with the last one.
	codes := func(list ...int) func(int) (checker.Report, time.Duration) {
		return func(n int) (checker.Report, time.Duration) { return bad(list[min(n, len(list))-1]), 0 }
	}
	hang := func(string) (int, time.Duration) { return 0, 100 * second }
	tests := []struct {
		name    string
		args    string
		prepare func(*world)
		code    int
		took    time.Duration
		err     string // what standard error has
	}{
		{"good from the start", "-i 10 --until-ok 3 --within 2m true", func(*world) {}, 0, 20 * second, ": 3 good checks in a row\n"},
		{"one is enough", "--until-ok 1 --within 2m true", func(*world) {}, 0, 0, ": 1 good check in a row\n"},
		{"a failure begins it again", "-i 10 --until-ok 3 --within 2m true", func(w *world) { w.check = codes(0, 1, 0) }, 0, 40 * second, ": 3 good checks"},
		{"the failing interval", "-i 10 --failing-interval 1 --until-ok 2 --within 2m true", func(w *world) { w.check = codes(1, 1, 0) }, 0, 12 * second, ": 2 good checks"},
		{"after the delay", "-i 10 --delay 10 --until-ok 2 --within 25 true", func(*world) {}, 0, 20 * second, ": 2 good checks"},
		{"an unknown between", "-i 10 --ignore-codes 3 --until-ok 2 --within 25 true", func(w *world) { w.check = codes(0, 3, 0) }, 0, 20 * second, ": 2 good checks"},
		{"always unknown", "-i 10 --ignore-codes 3 --until-ok 1 --within 25 true", func(w *world) { w.check = codes(3) }, 3, 25 * second, ": --within 25s is over: 0 of 1 good checks in a row\n"},
		{"over between checks", "-i 20 --until-ok 2 --within 50 true", func(w *world) { w.check = codes(1, 1, 0) }, 3, 50 * second, ": --within 50s is over: 1 of 2 good checks in a row\n"},
		{"over during a check", "-i 20 --until-ok 2 --within 50 true", func(w *world) {
			w.check = func(int) (checker.Report, time.Duration) { return good(), 100 * second }
		}, 3, 50 * second, ": --within 50s is over: 0 of 2"},
		{"over during a hook", "-i 20 --until-ok 2 --within 50 --fail ./fail true", func(w *world) {
			w.check, w.hook = codes(1), hang
		}, 3, 100 * second, ": waiting for ./fail to end; a signal ends it\n"},
		{"a signal after it", "-i 20 --until-ok 2 --within 50 --fail ./fail true", func(w *world) {
			w.check, w.hook = codes(1), hang
			w.after(70*second, syscall.SIGTERM)
		}, 3, 70 * second, ": --within 50s is over: 0 of 2"},
		{"a signal before it", "-i 20 --until-ok 2 --within 50 true", func(w *world) { w.after(5*second, syscall.SIGTERM) }, 143, 5 * second, ""},
		{"it does not count as a second signal", "-i 20 --until-ok 2 --within 50 --fail ./fail true", func(w *world) {
			w.check, w.hook = codes(1), hang
			w.after(20*second, syscall.SIGTERM)
		}, 143, 100 * second, "a second signal ends it"},
		{"a check now", "-i 20 --until-ok 2 --within 50 true", func(w *world) { w.after(5*second, syscall.SIGUSR1) }, 0, 5 * second, ": 2 good checks"},
		{"paused", "-i 20 --until-ok 2 --within 50 --pause-file fail true", func(*world) {}, 3, 50 * second, ": --within 50s is over: 0 of 2"},
		{"the process has gone", "-i 20 --until-ok 2 --within 50 --pid 47001 true", func(w *world) {
			w.check, w.pidErr = codes(1), os.ErrProcessDone
		}, 1, 0, "process 47001 has ended\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				t.Helper()
				w := newWorld(t, 0, strings.Fields(tt.args)...)
				tt.prepare(w)
				if code := w.loop.Run(); code != tt.code || w.loop.Now() != tt.took {
					t.Errorf("exit status %d after %v, want %d after %v", code, w.loop.Now(), tt.code, tt.took)
				}
				if !strings.Contains(w.err.String(), tt.err) {
					t.Errorf("standard error %q, want %q in it", w.err.String(), tt.err)
				}
				log, _ := os.ReadFile("heat.log")
				if log := string(log); strings.Contains(tt.err, "good checks") && !strings.Contains(log, strings.TrimPrefix(tt.err, ": ")) {
					t.Errorf("the log is %q", log)
				}
			})
		})
	}
}

func TestUntilOKInJSON(t *testing.T) {
	for code, want := range map[int]string{0: `"reached","good":2`, 3: `"missed","good":0`} {
		inBubble(t, func(t *testing.T) {
			t.Helper()
			w := newWorld(t, 0, "-i", "10", "--until-ok", "2", "--within", "25", "--format", "json", "--quiet", "true")
			w.check = func(int) (checker.Report, time.Duration) { return bad(code), 0 }
			begin := time.Now().Unix()
			if got := w.loop.Run(); got != code {
				t.Errorf("exit status %d, want %d", got, code)
			}
			end := begin + int64(w.loop.Now()/time.Second)
			lines := strings.Split(strings.TrimSpace(w.out.String()), "\n")
			if diff := cmp.Diff(fmt.Sprintf(`{"time":%d,"event":"until-ok","result":%s}`, end, want), lines[len(lines)-1]); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
