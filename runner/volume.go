package runner

import "sync/atomic"

// busyVolume is how many bytes hosts have sent when Config.Busy is called.
const busyVolume = 1 << 20

// A volume is how much hosts have sent.
type volume struct {
	busy func()
	read atomic.Int64
}

func (v *volume) add(n int) {
	if now := v.read.Add(int64(n)); v.busy != nil && now >= busyVolume && now-int64(n) < busyVolume {
		v.busy()
	}
}
