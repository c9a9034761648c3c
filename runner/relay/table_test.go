package relay

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"clsh/runner/event"
)

// A world is a root and its relays over links that keep the order of what they carry, and break with
// a part of it undelivered. Everything is decided by the next byte, so that a fuzzer steers it.
type world struct {
	t      *testing.T
	next   func() int // the next byte; -1: there are no more
	table  *table
	relays []*fakeRelay

	runs    []int // by rank: how often the command began on the host
	results []*event.Result
	hadAll  []bool // by rank: it was granted
}

// A fakeRelay is a relay as its own process sees itself.
type fakeRelay struct {
	share   *share
	there   []line   // on their way to it
	back    []report // on their way to the root
	waits   []int
	running []int
	drained bool
	cut     bool // nothing goes in or out any more
	known   bool // to the root
}

// A report is on its way from a relay to the root.
type report struct {
	start bool
	rank  int
	r     event.Result
}

func newWorld(t *testing.T, next func() int, relays, hosts, fanout int) *world {
	t.Helper()
	w := &world{t: t, next: next, runs: make([]int, hosts), results: make([]*event.Result, hosts), hadAll: make([]bool, hosts)}
	names, labels := make([]string, hosts), make([]string, relays)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
	}
	most := fanout + fanout/4
	for i := range labels {
		labels[i] = fmt.Sprintf("r%d", i)
		w.relays = append(w.relays, &fakeRelay{share: newShare(&Job{Count: hosts, Most: most})})
	}
	w.table = newTable(labels, names, most)
	return w
}

// do carries steps of the table out.
func (w *world) do(steps []step) {
	w.t.Helper()
	for _, s := range steps {
		if s.result == nil {
			w.hadAll[s.rank] = true
			if r := w.relays[s.relay]; !r.cut {
				r.there = append(r.there, line{kind: grantLine, rank: s.rank})
			}
			continue
		}
		if w.results[s.rank] != nil {
			w.t.Fatalf("host %d ended twice: %v, %v", s.rank, w.results[s.rank], s.result)
		}
		w.results[s.rank] = s.result
	}
}

// receive lets a relay take the next line.
func (w *world) receive(r *fakeRelay) {
	w.t.Helper()
	l := r.there[0]
	r.there = r.there[1:]
	if l.kind == drainLine {
		r.drained = true
		return
	}
	if err := r.share.grant(l.rank); err != nil {
		w.t.Fatalf("the root breaks its own rule: %v", err)
	}
	r.waits = append(r.waits, l.rank)
}

// work lets a relay do something with the host that waits longest.
func (w *world) work(r *fakeRelay, how int) {
	rank := r.waits[0]
	r.waits = r.waits[1:]
	switch {
	case r.drained:
		r.back = append(r.back, report{rank: rank, r: event.Result{Outcome: event.NotStarted}})
	case how%4 == 0:
		r.back = append(r.back, report{rank: rank, r: event.Result{Outcome: event.Unreachable, Code: 255}})
	default:
		w.runs[rank]++
		r.running = append(r.running, rank)
		r.back = append(r.back, report{start: true, rank: rank})
		return
	}
	r.share.end()
}

// finish ends a command.
func (w *world) finish(r *fakeRelay, outcome event.Outcome) {
	rank := r.running[0]
	r.running = r.running[1:]
	r.back = append(r.back, report{rank: rank, r: event.Result{Outcome: outcome, Attempts: 1}})
	r.share.end()
}

// hear lets the root take a relay's next report.
func (w *world) hear(i int) {
	w.t.Helper()
	m := w.relays[i].back[0]
	w.relays[i].back = w.relays[i].back[1:]
	name := w.table.names[m.rank]
	if m.start {
		if _, err := w.table.start(i, name); err != nil {
			w.t.Fatal(err)
		}
		return
	}
	steps, err := w.table.end(i, name, m.rank, &m.r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(steps)
}

// step does one thing, if it can be done now, and reports whether it did.
func (w *world) step(what, i int) bool {
	w.t.Helper()
	r := w.relays[i]
	switch what {
	case 0:
		if w.table.relays[i].state == dialing && !r.cut {
			w.do(w.table.ready(i))
			return true
		}
	case 1, 2:
		if len(r.there) > 0 {
			w.receive(r)
			return true
		}
	case 3, 4:
		if len(r.waits) > 0 {
			w.work(r, max(w.next(), 1))
			return true
		}
	case 5, 6:
		if len(r.running) > 0 {
			w.finish(r, event.Exited)
			return true
		}
	case 7, 8:
		if len(r.back) > 0 {
			w.hear(i)
			return true
		}
	case 9: // the link breaks: a part of what is on its way arrives, and the relay stops what runs
		if r.cut {
			break
		}
		r.cut = true
		keep := max(w.next(), 0)
		r.there = r.there[:min(keep%8, len(r.there))]
		for len(r.there) > 0 {
			w.receive(r)
		}
		r.waits, r.running = nil, nil
		r.back = r.back[:min(keep/8%8, len(r.back))]
		return true
	case 10: // and the root notices, after what has arrived
		if r.cut && !r.known && len(r.back) == 0 {
			r.known = true
			w.do(w.table.lose(i, "gone", false))
			return true
		}
	case 11: // something other than the root ends the relay
		if !r.drained && len(r.running)+len(r.waits) > 0 {
			r.drained = true
			for len(r.running) > 0 {
				w.finish(r, event.Stopped)
			}
			return true
		}
	}
	return false
}

// run takes the world to its end: every host is asked for, in turn, and what the bytes leave undone is
// done. drain says when the root drains: after so many steps; -1: never.
func (w *world) run(drain int) {
	w.t.Helper()
	asked := 0
	for steps := 0; ; steps++ {
		if steps == drain && !w.table.draining {
			w.do(w.table.drain())
			for _, r := range w.relays {
				if !r.cut {
					r.there = append(r.there, line{kind: drainLine})
				}
			}
		}
		b := w.next()
		if asked < len(w.runs) && (b < 0 || b%3 == 0) {
			w.do(w.table.add(asked))
			asked++
			continue
		}
		if b >= 0 {
			w.step(b%12, b/12%len(w.relays))
			continue
		}
		if !w.settle() {
			break
		}
	}
	w.check(drain)
}

// settle does one thing that needs no bad luck, and reports whether there was one.
func (w *world) settle() bool {
	for i, r := range w.relays {
		for _, what := range []int{0, 1, 3, 5, 7, 10} {
			if what < 7 && what > 0 && r.cut {
				continue
			}
			if w.step(what, i) {
				return true
			}
		}
	}
	return false
}

// check reports whether the promises were kept.
func (w *world) check(drain int) {
	w.t.Helper()
	for rank, r := range w.results {
		switch {
		case r == nil:
			w.t.Fatalf("host %d was forgotten: %+v", rank, w.table.hosts[rank])
		case w.runs[rank] > 1:
			w.t.Fatalf("the command began %d times on host %d", w.runs[rank], rank)
		case r.Outcome == event.Exited && w.runs[rank] != 1,
			w.runs[rank] > 0 && (r.Outcome == event.NotStarted || r.Outcome == event.Unreachable):
			w.t.Fatalf("host %d: %s, and its command began %d times", rank, r.Outcome, w.runs[rank])
		case r.Outcome == event.Lost && !w.hadAll[rank]:
			w.t.Fatalf("host %d is lost, and no relay had it", rank)
		case r.Outcome == event.NotStarted && drain < 0:
			w.t.Fatalf("host %d was not started", rank)
		}
	}
	if len(w.table.queue) > 0 || w.table.open != 0 {
		w.t.Fatalf("left: %d hosts wait, %d are open", len(w.table.queue), w.table.open)
	}
}

// feeder returns a function that returns bytes, then -1.
func feeder(bytes []byte) func() int {
	return func() int {
		if len(bytes) == 0 {
			return -1
		}
		b := bytes[0]
		bytes = bytes[1:]
		return int(b)
	}
}

// No host twice, no host forgotten, every end reached, whatever breaks when.
func TestTableInEveryOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) // the same each time
	for range 4000 {
		bytes := make([]byte, random.IntN(400))
		for i := range bytes {
			bytes[i] = byte(random.Uint32())
		}
		drain := -1
		if random.IntN(3) == 0 {
			drain = random.IntN(len(bytes) + 50)
		}
		newWorld(t, feeder(bytes), 1+random.IntN(4), 1+random.IntN(30), 2+random.IntN(6)).run(drain)
	}
}

func FuzzTable(f *testing.F) {
	f.Add(uint8(2), uint8(9), uint8(4), -1, []byte{0, 0, 0, 1, 13, 3, 15, 7, 19, 9, 10})
	f.Fuzz(func(t *testing.T, relays, hosts, fanout uint8, drain int, bytes []byte) {
		newWorld(t, feeder(bytes), 1+int(relays%5), 1+int(hosts%40), 2+int(fanout%8)).run(max(drain, -1))
	})
}
