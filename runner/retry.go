package runner

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// A retry is what a host has of its attempts: how many there were, and how long
// they have taken, with the pauses between them. Time in the queue of the ramp
// is the other hosts' and does not count.
type retry struct {
	most   int           // attempts after the first
	within time.Duration // 0: no limit
	spent  time.Duration
	number int // of the attempt, from 0
}

// retry returns what a host has of its attempts.
func (c *Config) retry() *retry { return &retry{most: c.Retry, within: c.RetryFor} }

// again tells, after an attempt that took so long and was turned away, whether
// there is to be another one, and after which pause.
func (t *retry) again(took time.Duration) (pause time.Duration, ok bool) {
	pause = retryPause(t.number)
	t.spent += took + pause
	t.number++
	return pause, t.number <= t.most && (t.within <= 0 || t.spent <= t.within)
}

// note tells of a further attempt (-v). bound is the ramp's.
func (t *retry) note(pause time.Duration, bound int) []byte {
	text := fmt.Sprintf("clsh: turned away; attempt %d of %d in %s", t.number+1, t.most+1, pause.Round(time.Millisecond))
	if bound > 0 {
		text += fmt.Sprintf(", from now on at most %d handshakes at a time", bound)
	}
	return []byte(text + "\n")
}

// maxPause is the longest pause, but for its spread: all five fit into the
// time that they have by default.
const maxPause = 2 * time.Second

// retryPause is how long to wait after the attempt of that number, from 0: from
// 250 ms on it doubles up to maxPause, and is spread over half to one and a half
// of that, so that hosts behind one door do not come back together.
func retryPause(attempt int) time.Duration {
	base := min(250*time.Millisecond<<min(attempt, 8), maxPause)
	return base/2 + rand.N(base)
}

// sleep waits, and reports whether stop was still open at the end.
func sleep(d time.Duration, stop <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return !closed(stop)
	case <-stop:
		return false
	}
}
