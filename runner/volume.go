package runner

import "sync/atomic"

// busyVolume is how many bytes hosts have sent when Config.Busy is called. A start
// of an ssh counts as startVolume: more than 128 of them are not kept waiting by
// what the others say (1,000 at a time that end at once: 36 MB and 6 s with one
// processor, 14 MB and 2 s with two).
const (
	busyVolume  = 1 << 20
	startVolume = busyVolume / 128
)

// A volume is how much there was to do: what hosts have sent, and starts.
type volume struct {
	busy func()
	read atomic.Int64
}

func (v *volume) add(n int) {
	if now := v.read.Add(int64(n)); v.busy != nil && now >= busyVolume && now-int64(n) < busyVolume {
		v.busy()
	}
}
