package conn

import (
	"testing"
	"time"
)

// A frame is as large as what is written in 200 ms, within its limits.
func TestFrameSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size int64
		took time.Duration
		want int64
	}{
		{0, 0, minFrame},
		{100, 0, minFrame},
		{minFrame, 0, 4 * minFrame},
		{minFrame, time.Second, minFrame},
		{minFrame, 100 * time.Millisecond, 2 * minFrame},
		{4 * minFrame, 200 * time.Millisecond, 4 * minFrame},
		{8 * minFrame, 400 * time.Millisecond, 4 * minFrame},
		{maxFrame, 10 * time.Millisecond, maxFrame},
		{maxFrame, time.Hour, minFrame},
	} {
		now := time.Now()
		f := frame{size: c.size, began: now.Add(-c.took)}
		if got := f.next(now); got != c.want || !f.began.Equal(now) {
			t.Errorf("after %d bytes in %s: %d, want %d", c.size, c.took, got, c.want)
		}
	}
}
