package loop

import (
	"testing"
	"time"

	"clsh/heat/alarm"
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
