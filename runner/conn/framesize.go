package conn

import "time"

// A frame is one of data that has been sent.
type frame struct {
	size  int64
	began time.Time
}

// Limits of a frame. A stop waits for the end of the one that is being sent, and the agent starts a
// process for each: so one is as large as what is written in frameTime, at the rate of the last.
const (
	minFrame  = 4 << 20
	maxFrame  = 64 << 20
	frameTime = 200 * time.Millisecond
)

// next returns the size of the largest frame that may follow f, which has ended now, and begins it.
func (f *frame) next(now time.Time) int64 {
	size := int64(minFrame)
	if took := now.Sub(f.began); f.size > 0 {
		size = int64(float64(f.size) * float64(frameTime) / float64(max(took, time.Microsecond)))
	}
	// At most four times as large: much of a frame may still be on its way.
	size = max(minFrame, min(size, 4*f.size, maxFrame))
	*f = frame{began: now}
	return size
}
