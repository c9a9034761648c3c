package conn

import "sync/atomic"

// busyActivity is how many bytes hosts have sent when Options.OnBusy is called. A start of an
// ssh counts as startActivity: more than 128 of them are not kept waiting by what the others
// say (1,000 at a time that end at once: 36 MB and 6 s with one processor, 14 MB and 2 s with
// two).
const (
	busyActivity  = 1 << 20
	startActivity = busyActivity / 128
)

// activity counts how much there was to do: bytes that hosts have sent, and starts.
type activity struct {
	onBusy func()
	done   atomic.Int64
}

func (a *activity) add(n int) {
	if now := a.done.Add(int64(n)); a.onBusy != nil && now >= busyActivity && now-int64(n) < busyActivity {
		a.onBusy()
	}
}
