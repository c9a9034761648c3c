package relay

import (
	"cmp"
	"fmt"
	"slices"

	"clsh/runner/event"
)

// deal grants waiting hosts to relays that have room, and ends those that nobody may get any more.
func (t *table) deal() (steps []step) {
	alive := 0
	for i := range t.relays {
		if t.relays[i].state <= working {
			alive++
		}
	}
	kept := t.queue[:0]
	for at, rank := range t.queue {
		host := &t.hosts[rank]
		switch {
		case t.draining:
			steps = append(steps, t.finish(rank, cmp.Or(host.saved, &event.Result{Outcome: event.NotStarted}))...)
			continue
		case alive == 0, len(host.had) > 0 && !t.another(host):
			steps = append(steps, t.finish(rank, cmp.Or(host.saved, t.unreached()))...)
			continue
		}
		relay, full := t.pick(host, alive)
		if full {
			kept = append(kept, t.queue[at:]...)
			break
		}
		if relay < 0 {
			kept = append(kept, rank)
			continue
		}
		host.state, host.had = granted, append(host.had, relay)
		t.relays[relay].granted[t.names[rank]] = rank
		steps = append(steps, step{relay: relay, rank: rank})
	}
	t.queue = kept
	return steps
}

// pick returns the relay that has the fewest hosts of those that may take one more, or -1; full: there
// is none for any host. A relay has no more than its part of all hosts that are left, so that those
// that are still being reached find something to do, and all end at about the same time.
func (t *table) pick(host *hostEntry, alive int) (best int, full bool) {
	room := min(t.most, (t.open+alive-1)/alive)
	best, full = -1, true
	for i := range t.relays {
		r := &t.relays[i]
		if r.state != working || len(r.granted) >= room {
			continue
		}
		full = false
		if slices.Contains(host.had, i) {
			continue
		}
		if best < 0 || len(r.granted) < len(t.relays[best].granted) {
			best = i
		}
	}
	return best, full
}

// unreached is the end of a host for which there is no relay left.
func (t *table) unreached() *event.Result {
	r := &event.Result{Outcome: event.Unreachable, Code: event.CodeLost, Refused: true, Reason: "no relay is left"}
	for i := range t.relays {
		relay := &t.relays[i]
		r.Refused = r.Refused && relay.refused
		if relay.why != "" {
			r.Reason = fmt.Sprintf("no relay is left; %s: %s", relay.name, relay.why)
		}
	}
	return r
}
