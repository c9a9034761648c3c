package runner

import (
	"math/rand/v2"
	"time"
)

// retryPause is how long to wait after the attempt of that number, from 0: from
// 250 ms on it doubles up to 8 s, and is spread over half to one and a half of
// that, so that hosts behind one door do not come back together.
func retryPause(attempt int) time.Duration {
	base := 250 * time.Millisecond << min(attempt, 5)
	return base/2 + rand.N(base)
}

// pause waits, and reports whether the run goes on.
func (r *Runner) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.drainc:
		return false
	}
}
