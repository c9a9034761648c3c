package state

import "time"

// instant is a moment of the wall clock on the loop's clock, never 0. One that
// is past is now.
func instant(t *time.Time, now time.Duration) time.Duration {
	if t == nil {
		return 0
	}
	return max(now+max(time.Until(*t), 0), 1)
}

// moment is the opposite of instant.
func moment(instant, now time.Duration) *time.Time {
	if instant == 0 {
		return nil
	}
	t := time.Now().Add(instant - now).Round(0)
	return &t
}
