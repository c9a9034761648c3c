package runner

import (
	"fmt"
	"sync"
	"time"

	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/rollout"
)

// A Rollout takes a run through its hosts in groups, and stops it when too many have failed.
// Stopping goes the way of a first SIGTERM: what runs goes on to its end, and nothing further
// starts.
type Rollout struct {
	// Groups are the sizes of the groups, in the order of the hosts. They add up to the number
	// of hosts.
	Groups []int
	// MaxFail is how many hosts may fail in the whole run; event.NoLimit: all of them. A lost
	// host then counts as any other failure (Config.KeepGoing).
	MaxFail int
	// Budget is MaxFail in the words of the user: "--max-fail 10% (5 of 50 hosts)".
	Budget string
	// Between is called after each group that has ended, also after the last, unless the run is
	// to end. No host runs meanwhile. It returns at once when Interval.Drain is closed. The zero
	// Stop lets the run go on. nil: nothing is done.
	Between func(Interval) event.Stop
}

// An Interval is the time after a group.
type Interval struct {
	event.Batch // the group that has ended
	// Drain is closed when nothing further is to start, Kill when everything is to end at once.
	Drain, Kill <-chan struct{}
	// Dir is a private directory that goes with the run.
	Dir string
	// Emit passes an event on to the sink: Waiting and GateOutput.
	Emit func(event.Event)
}

// Waits says what the run waits for; 0: no more. until is when that is over, if it is known.
func (i *Interval) Waits(what event.Wait, until time.Time) {
	batch := i.Batch
	batch.Waits, batch.Until = what, until
	i.Emit(event.Event{Kind: event.Waiting, Batch: &batch})
}

// Over reports whether the run is to end.
func (i *Interval) Over() bool {
	select {
	case <-i.Drain:
		return true
	default:
		return false
	}
}

// Pause returns a Between that waits for d before the next group.
func Pause(d time.Duration) func(Interval) event.Stop {
	return func(i Interval) event.Stop {
		if d > 0 && !i.Last() {
			i.Waits(event.ForPause, time.Now().Add(d))
			admission.Sleep(d, i.Drain)
			i.Waits(0, time.Time{})
		}
		return event.Stop{}
	}
}

// batches takes a run through its groups, and counts. current, began and stop are run's.
type batches struct {
	Rollout
	plain   bool // there is no rollout: the one group is not reported
	current event.Batch
	began   time.Time
	stop    event.Stop // what Between said

	mu     sync.Mutex
	group  event.Tally  // of the current group
	failed map[int]bool // the hosts that have failed, by rank
	spent  bool         // more have failed than may
}

// newBatches returns the batches of a run of n hosts. Without a rollout there is one.
func newBatches(r *Rollout, n int) *batches {
	if r == nil {
		return &batches{Rollout: Rollout{Groups: []int{n}, MaxFail: event.NoLimit}, plain: true, failed: map[int]bool{}}
	}
	return &batches{Rollout: *r, failed: map[int]bool{}}
}

// fail counts a host that has failed, once, and reports whether the budget is spent with it.
func (b *batches) fail(rank int) (spent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count(rank)
}

// count is fail for a caller that holds mu.
func (b *batches) count(rank int) (spent bool) {
	if b.plain {
		return false
	}
	b.failed[rank] = true
	b.spent = b.MaxFail != event.NoLimit && rollout.Spent(len(b.failed), b.MaxFail)
	return b.spent
}

// ended counts a host that has ended, and reports whether the budget is spent.
func (b *batches) ended(rank int, r *event.Result) (spent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.group.Add(r)
	if r.Failed() {
		return b.count(rank)
	}
	return b.spent
}

// mayStart reports whether the budget lets a host start.
func (b *batches) mayStart() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.spent
}

// run runs the groups in their order by means of hosts, which returns when all of n hosts from rank
// first on have ended. Hosts of groups that never begin are not started. i is all of an Interval
// but its group; drain lets nothing further start.
func (b *batches) run(hosts func(first, n int), i Interval, drain func()) {
	first := 0
	for at, size := range b.Groups {
		i.Batch = event.Batch{Number: at + 1, Of: len(b.Groups), First: first, Hosts: size, MaxFail: b.MaxFail}
		if at+1 < len(b.Groups) {
			i.NextHosts = b.Groups[at+1]
		}
		begun := !b.plain && !i.Over()
		if begun {
			b.begin(i)
		}
		hosts(first, size)
		if begun {
			b.end(i, drain)
		}
		first += size
	}
}

// begin begins a group.
func (b *batches) begin(i Interval) {
	b.mu.Lock()
	b.group = event.Tally{}
	i.AllFailed = len(b.failed)
	b.mu.Unlock()
	b.current, b.began = i.Batch, time.Now()
	i.Emit(event.Event{Kind: event.BatchStarted, Batch: &i.Batch})
}

// end ends a group, and does what is to be done before the next.
func (b *batches) end(i Interval, drain func()) {
	b.mu.Lock()
	i.AllFailed = len(b.failed)
	i.OK, i.Failed, i.Stopped, i.NotStarted = b.group.OK(), b.group.Failed(), b.group.Count(event.Stopped), b.group.Count(event.NotStarted)
	b.mu.Unlock()
	i.Duration = time.Since(b.began)
	ended := i.Batch // the sink's
	i.Emit(event.Event{Kind: event.BatchEnded, Batch: &ended})
	if b.Between == nil || i.Over() {
		return
	}
	if stop := b.Between(i); stop.By != "" && !i.Over() { // else a signal, say, is the reason
		b.stop = stop
		drain()
	}
}

// stopped returns why the rollout ended early, if it did. notStarted is how many hosts were not
// started. All have ended.
func (b *batches) stopped(notStarted int) event.Stop {
	if b.stop.By == "" && b.spent && notStarted > 0 {
		return event.StopAfter(&b.current, event.StopMaxFail, fmt.Sprintf("%d failed, %s", len(b.failed), b.Budget))
	}
	return b.stop
}
