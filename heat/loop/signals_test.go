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
			w.loop.Ops.Terminal = true
			w.after(5*second, syscall.SIGHUP)
		}, 129, 5 * second, nil},
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
		w.loop.Run()
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
		if code := w.loop.Run(); code != 1 || w.loop.Now() != 20*second {
			t.Errorf("exit status %d after %v", code, w.loop.Now())
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
		if code := w.loop.Run(); code != 1 || !strings.HasSuffix(w.err.String(), "has ended\n올바른 PID를 입력해주세요\n") {
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
		w := newWorld(t, 3, "-i", "10", "--pidfile", pidfileOf(t), "true")
		w.check = func(int) (checker.Report, time.Duration) { return bad(7), 0 }
		w.pidErr = fmt.Errorf("signal process 5: %w", os.ErrProcessDone)
		if code := w.loop.Run(); code != 143 || strings.Count(w.err.String(), ": HUP not sent: signal process 5") != 2 {
			t.Errorf("exit status %d, standard error %s", code, w.err.String())
		}
	})
}
