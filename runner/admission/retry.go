package admission

import (
	"math/rand/v2"
	"time"
)

// A Retry counts the attempts of one host, and the time they took with the pauses between
// them. Time in the queue belongs to other hosts and does not count.
type Retry struct {
	retries int           // after the first attempt
	within  time.Duration // 0: no limit
	spent   time.Duration
	attempt int
}

// NewRetry returns a Retry for one attempt and so many retries, all within a time; 0 means
// no limit.
func NewRetry(retries int, within time.Duration) *Retry {
	return &Retry{retries: retries, within: within}
}

// Attempt returns the number of the current attempt, from 0.
func (r *Retry) Attempt() int { return r.attempt }

// Attempts returns how many attempts there may be.
func (r *Retry) Attempts() int { return r.retries + 1 }

// Next ends an attempt that was refused and took so long. It reports whether there is
// another one, and the pause before it.
func (r *Retry) Next(took time.Duration) (pause time.Duration, ok bool) {
	pause = retryPause(r.attempt)
	r.spent += took + pause
	r.attempt++
	return pause, r.attempt <= r.retries && (r.within <= 0 || r.spent <= r.within)
}

// maxPause is the longest pause before jitter: with it the default of five retries fits into
// the default time.
const maxPause = 2 * time.Second

// retryPause returns the pause after attempt number attempt, from 0: exponential backoff
// from 250 ms to maxPause, with jitter between half and one and a half of it, so that hosts
// behind one server do not return together.
func retryPause(attempt int) time.Duration {
	base := min(250*time.Millisecond<<min(attempt, 8), maxPause)
	return base/2 + rand.N(base)
}
