package relay

import (
	"fmt"
	"maps"
	"slices"

	"clsh/runner/event"
)

// A relayState is the state of a relay.
type relayState uint8

const (
	dialing relayState = iota // until it has answered
	working
	leaving // it ends its hosts, and gets no more
	lost
)

// A hostState is the state of a host that the run has reached.
type hostState uint8

const (
	unasked hostState = iota
	waiting           // never granted, or given back by the relay that had it
	granted
	begun // its command was handed to its shell
	ended
)

// A table is what the root knows of its relays and hosts. It decides who gets which host, and what
// becomes of a host whose relay is lost. It runs nothing: the caller does what the steps say.
type table struct {
	names  []string // of the hosts, by rank
	most   int      // hosts that a relay has at a time
	relays []relayEntry
	hosts  []hostEntry
	queue  []int // the waiting hosts, by rank
	open   int   // hosts that wait or are granted

	draining, stopping bool
}

type relayEntry struct {
	name    string
	state   relayState
	granted map[string]int // the hosts that it has, by name: their ranks
	why     string         // it is lost
	refused bool           // it said no, before a limit ran out
}

type hostEntry struct {
	state hostState
	had   []int // the relays that were granted it: none is twice
	// saved is the end that the first relay reported that could not reach it; another one tries.
	saved *event.Result
}

// A step is what is to be done: Rank is granted to Relay, or, where there is a result, has ended.
type step struct {
	relay, rank int
	result      *event.Result
}

func newTable(relays, names []string, most int) *table {
	t := &table{names: names, most: most, hosts: make([]hostEntry, len(names))}
	for _, name := range relays {
		t.relays = append(t.relays, relayEntry{name: name, granted: map[string]int{}})
	}
	return t
}

// add takes a host that the run has come to.
func (t *table) add(rank int) []step {
	t.hosts[rank].state = waiting
	t.enqueue(rank)
	t.open++
	return t.deal()
}

// ready says that a relay has answered.
func (t *table) ready(relay int) []step {
	if t.relays[relay].state == dialing {
		t.relays[relay].state = working
	}
	return t.deal()
}

// drain makes waiting hosts end as not started: nothing further is granted.
func (t *table) drain() []step {
	t.draining = true
	return t.deal()
}

// stop says that the commands are being stopped everywhere.
func (t *table) stop() []step {
	t.stopping = true
	return t.drain()
}

// held returns the rank of a host that a relay names, which must have it.
func (t *table) held(relay int, name string) (int, error) {
	rank, has := t.relays[relay].granted[name]
	if !has {
		return 0, fmt.Errorf("it named host %.100q, which it was not granted", name)
	}
	return rank, nil
}

// start says that a relay hands the command to the host's shell.
func (t *table) start(relay int, name string) (int, error) {
	rank, err := t.held(relay, name)
	if err == nil && t.hosts[rank].state == begun {
		err = fmt.Errorf("it started %s twice", name)
	}
	if err == nil {
		t.hosts[rank].state = begun
	}
	return rank, err
}

// output says that a relay passes on output of a host.
func (t *table) output(relay int, name string) (int, error) {
	rank, err := t.held(relay, name)
	if err == nil && t.hosts[rank].state != begun {
		err = fmt.Errorf("it passed on output of %s, which had not started", name)
	}
	return rank, err
}

// end takes the end of a host that a relay reports.
func (t *table) end(relay int, name string, rank int, r *event.Result) ([]step, error) {
	have, err := t.held(relay, name)
	if err != nil {
		return nil, err
	}
	host, started := &t.hosts[have], t.hosts[have].state == begun
	switch never := r.Outcome == event.NotStarted; {
	case have != rank:
		return nil, fmt.Errorf("it says that %s is host %d, and it is host %d", name, rank, have)
	case never && started:
		return nil, fmt.Errorf("it started %s and says that it did not", name)
	case !never && !started && r.Outcome != event.Unreachable && r.Outcome != event.Stopped:
		return nil, fmt.Errorf("it says that %s has ended, which had not started", name)
	}
	delete(t.relays[relay].granted, name)
	switch {
	case r.Outcome == event.NotStarted && !t.draining:
		t.leave(relay)
		t.giveBack(rank)
	case r.Outcome == event.Stopped && !t.stopping:
		t.leave(relay)
		if !started {
			t.giveBack(rank)
			break
		}
		return append(t.finish(rank, t.lostResult(relay, stoppedThere)), t.deal()...), nil
	case r.Outcome == event.Unreachable && !started && host.saved == nil && !t.draining && t.another(host):
		host.saved = r
		t.giveBack(rank)
	default:
		return append(t.finish(rank, r), t.deal()...), nil
	}
	return t.deal(), nil
}

// lose takes a relay's end, for a reason. What it was granted is lost with it: the command may run.
// refused says that it never came about because the relay said no.
func (t *table) lose(relay int, why string, refused bool) []step {
	r := &t.relays[relay]
	if r.state == lost {
		return nil
	}
	r.state, r.why, r.refused = lost, why, refused
	var steps []step
	for _, rank := range slices.Sorted(maps.Values(r.granted)) {
		result := t.lostResult(relay, why)
		if t.stopping {
			result = &event.Result{Outcome: event.Stopped, Attempts: 1}
		}
		steps = append(steps, t.finish(rank, result)...)
	}
	r.granted = nil
	return append(steps, t.deal()...)
}

func (t *table) lostResult(relay int, why string) *event.Result {
	return &event.Result{Outcome: event.Lost, Code: event.CodeLost, Reason: "relay " + t.relays[relay].name + ": " + why, Attempts: 1}
}

// giveBack makes a host wait again that its relay has not begun.
func (t *table) giveBack(rank int) {
	t.hosts[rank].state = waiting
	t.enqueue(rank)
}

// enqueue keeps the queue in the order of the hosts.
func (t *table) enqueue(rank int) {
	at, _ := slices.BinarySearch(t.queue, rank)
	t.queue = slices.Insert(t.queue, at, rank)
}

func (t *table) finish(rank int, r *event.Result) []step {
	t.hosts[rank].state = ended
	t.open--
	return []step{{rank: rank, result: r}}
}

// another reports whether some relay may take a host that did not have it.
func (t *table) another(host *hostEntry) bool {
	for i := range t.relays {
		if t.relays[i].state <= working && !slices.Contains(host.had, i) {
			return true
		}
	}
	return false
}

// stoppedThere is the reason of a relay that ends what it has, although the root did not ask for that.
const stoppedThere = "clsh was stopped there"

// leave notes that a relay gets no more hosts.
func (t *table) leave(relay int) {
	if r := &t.relays[relay]; r.state <= working {
		r.state, r.why = leaving, stoppedThere
	}
}
