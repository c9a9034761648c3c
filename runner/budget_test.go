package runner

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clsh/runner/event"
	"clsh/runner/sshtest/enginetest"
)

// Without groups, --max-fail alone stops a run where every second host is lost, and the rule for
// lost hosts does not; without a limit it does.
func TestMaxFail(t *testing.T) {
	for _, test := range []struct {
		maxFail, fanout int
		started         int
	}{{0, 1, 2}, {1, 1, 4}, {2, 1, 6}, {3, 1, 8}, {4, 1, 8}, {3, 8, 8}, {event.NoLimit, 1, 2}} {
		ro := Rollout{Groups: []int{8}, MaxFail: test.maxFail, Budget: "--max-fail N"}
		r, rec := scripted(t, 8, ro, test.fanout, func(_ *Runner, rank int) event.Result {
			return []event.Result{{Outcome: event.Exited}, {Outcome: event.Lost, Code: event.CodeLost}}[rank%2]
		})
		s, err := r.Run()
		if err != nil {
			t.Fatal(err)
		}
		if got := 8 - s.Counts[event.NotStarted]; got != test.started {
			t.Errorf("%+v: %d hosts were started", test, got)
		}
		if stopped := s.Stop.By == event.StopMaxFail; stopped != (test.started < 8 && test.maxFail != event.NoLimit) {
			t.Errorf("%+v: stop %+v", test, s.Stop)
		} else if want := fmt.Sprintf("stopped: %d failed, --max-fail N", test.maxFail+1); stopped && s.Stop.Note != want {
			t.Errorf("%+v: %q, want %q", test, s.Stop.Note, want)
		}
		for rank, r := range rec.Results {
			if (r.Outcome == event.NotStarted) != (rank >= test.started) {
				t.Errorf("%+v: host %d: %+v", test, rank, r)
			}
		}
	}
}

// What runs when the budget is spent goes on to its end.
func TestMaxFailLetsFinish(t *testing.T) {
	dir := t.TempDir()
	cfg, rec := config(t, 6, "", `case $CLSH_RANK in
		0) while ! [ -e `+dir+`/up ]; do sleep 0.05; done; exit 9;;
		1) echo >`+dir+`/up; while ! [ -e `+dir+`/failed ]; do sleep 0.05; done; exit 0;; esac`)
	cfg.Fanout = 2
	cfg.Rollout = &Rollout{Groups: groups(t, "4", 6), Budget: "--max-fail 0"}
	cfg.Sink = &onEnd{Recorder: rec, host: 0, do: func() { write(t, filepath.Join(dir, "failed")) }}
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Run()
	if err != nil {
		t.Fatal(err)
	}
	if rec.Results[1].Outcome != event.Exited || s.OK != 1 || s.Counts[event.NotStarted] != 4 || s.Code != 9 {
		t.Errorf("%+v, host 1: %+v", s, rec.Results[1])
	}
	if want := "stopped after batch 1 of 2: 1 failed, --max-fail 0"; s.Stop.Note != want {
		t.Errorf("%q, want %q", s.Stop.Note, want)
	}
}

// onEnd does something when a host has ended.
type onEnd struct {
	*enginetest.Recorder
	host int
	do   func()
}

func (o *onEnd) Event(e event.Event) error {
	if e.Kind == event.Ended && e.Host == o.host {
		o.do()
	}
	return o.Recorder.Event(e)
}

// A failure counts when it is known: while a command that ran past its limit is being stopped,
// which it resists until all other hosts have ended, nothing further starts.
func TestFailureCountsAtOnce(t *testing.T) {
	dir := t.TempDir()
	cfg, rec := config(t, 4, `case $host in n1) while ! [ -e `+dir+`/termed ]; do sleep 0.05; done;; esac`,
		`[ $CLSH_RANK = 0 ] || exit 0; trap "echo >`+dir+`/termed" TERM; while ! [ -e `+dir+`/released ]; do sleep 0.05; done`)
	cfg.Fanout, cfg.Timeout, cfg.KillAfter = 2, time.Second, time.Minute
	cfg.Rollout = &Rollout{Groups: []int{4}}
	cfg.Sink = &onEnd{Recorder: rec, host: 3, do: func() { write(t, filepath.Join(dir, "released")) }}
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Run()
	if err != nil || s.Counts[event.NotStarted] != 2 || rec.Results[0].Outcome != event.Timeout {
		t.Errorf("%v, %+v, %v", s.Counts, rec.Results[0], err)
	}
}

// Whatever fails when: no host runs twice, every host has one end, no group begins with the budget
// spent, and no more fail than may and ran at that moment.
func TestBudgetHolds(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		hosts, fanout := 1+rnd.IntN(120), 1+rnd.IntN(9)
		allowed := rnd.IntN(6)
		sizes := []string{"1", "3", "1,5,25%", "10%", "100%", "40%,1"}[rnd.IntN(6)]
		var ran sync.Map
		fails := make([]bool, hosts)
		for i := range fails {
			fails[i] = rnd.IntN(4) == 0
		}
		var inFlight, atSpent atomic.Int32
		r, rec := scripted(t, hosts, Rollout{Groups: groups(t, sizes, hosts), MaxFail: allowed}, fanout, func(r *Runner, rank int) event.Result {
			inFlight.Add(1)
			defer inFlight.Add(-1)
			if _, twice := ran.LoadOrStore(rank, true); twice {
				t.Errorf("seed %d: host %d runs twice", seed, rank)
			}
			if fails[rank] {
				r.fail(rank) // counted while it runs
				if !r.batches.mayStart() {
					atSpent.CompareAndSwap(0, inFlight.Load())
				}
				return event.Result{Outcome: event.Signaled, Code: 137}
			}
			return event.Result{Outcome: event.Exited}
		})
		s, err := r.Run()
		if err != nil {
			t.Fatal(err)
		}
		failed := s.Counts[event.Signaled]
		if failed > allowed+fanout || atSpent.Load() == 0 && failed > allowed {
			t.Errorf("seed %d: %d of %d failed, %d may, fan-out %d", seed, failed, hosts, allowed, fanout)
		}
		if s.Counts[event.NotStarted] > 0 && failed <= allowed || len(rec.Results) != hosts {
			t.Errorf("seed %d: %v, %d ends, %d may fail", seed, s.Counts, len(rec.Results), allowed)
		}
		for _, e := range rec.Order {
			if e.Kind == event.BatchStarted && e.Batch.AllFailed > allowed {
				t.Errorf("seed %d: group %+v began with the budget spent", seed, e.Batch)
			}
		}
	}
}
