package loop

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/alarm"
	"clsh/heat/checker"
	"clsh/heat/exit"
	"clsh/runner/sshtest"
)

// Checks of a file begin at multiples of a tick, so that they share a wake-up.
func TestTick(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 2, "-i", "1", "--delay", "0.12", "true")
		<-time.After(20 * time.Millisecond)
		w.loop.Settings.Tick = 50 * time.Millisecond
		w.loop.restore()
		w.loop.Run()
		wantBegins(t, w, 150*time.Millisecond, 1150*time.Millisecond)
	})
}

// Where heat wakes up a whole interval late each time, it still checks.
func TestAStarvedMachine(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 3, "-i", "1", "true")
		w.loop.ops.alarm = func(d time.Duration) (<-chan time.Time, func()) { return alarm.Timer(d + 1500*time.Millisecond) }
		defer time.AfterFunc(time.Minute, w.cancel).Stop()
		w.loop.Run()
		wantBegins(t, w, 1500*time.Millisecond, 5500*time.Millisecond, 9500*time.Millisecond)
	})
}

// TestADayWithoutDrift checks every second of an hour, and of a day with --full, which takes a minute.
func TestADayWithoutDrift(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		day := 24 * 60 * 60
		if !sshtest.Full() {
			day = 60 * 60
		}
		w := newWorld(t, day, "-i", "1", "true")
		w.check = func(int) (checker.Report, time.Duration) { return good(), 100 * time.Millisecond }
		if code := w.loop.Run(); code != exit.Signal+int(syscall.SIGTERM) {
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
