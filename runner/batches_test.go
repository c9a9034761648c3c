package runner

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/rollout"
	"clsh/runner/sshtest/enginetest"
)

// groups returns the sizes of the groups of n hosts.
func groups(t *testing.T, sizes string, n int) []int {
	t.Helper()
	s, err := rollout.ParseSizes(sizes)
	if err != nil {
		t.Fatal(err)
	}
	return s.Plan(n)
}

// A group begins when every host of the one before has ended, and its end has the counts.
func TestBatches(t *testing.T) {
	cfg, rec := config(t, 7, "", `exit $((CLSH_RANK == 2))`)
	var between []event.Batch
	cfg.Rollout = &Rollout{Groups: groups(t, "1,2", 7), MaxFail: 1, Between: func(i Interval) event.Stop {
		if left, _ := filepath.Glob(filepath.Join(i.Dir, "*")); i.Dir == "" || len(left) == 0 {
			t.Errorf("no directory: %q", i.Dir)
		}
		between = append(between, i.Batch)
		return event.Stop{}
	}}
	s := run(t, cfg)
	if s.Code != 1 || s.OK != 6 || s.Stop.By != "" {
		t.Errorf("summary %+v", s)
	}
	first, open, failed := 0, map[int]bool{}, 0
	var current *event.Batch
	for _, e := range rec.Order {
		switch e.Kind {
		case event.BatchStarted:
			if current != nil || len(open) > 0 || e.Batch.First != first {
				t.Errorf("group %+v begins while %v is open, %v run", e.Batch, current, open)
			}
			current = e.Batch
		case event.Started:
			open[e.Host] = true
			if current == nil || e.Host < current.First || e.Host >= current.Done() {
				t.Errorf("host %d starts in group %+v", e.Host, current)
			}
		case event.Ended:
			delete(open, e.Host)
			if e.Result.Failed() {
				failed++
			}
		case event.BatchEnded:
			if len(open) > 0 {
				t.Errorf("group %d has ended, and %v run", e.Batch.Number, open)
			}
			b := e.Batch
			if b.OK+b.Failed != b.Hosts || b.Stopped+b.NotStarted != 0 || b.AllFailed != failed || b.MaxFail != 1 {
				t.Errorf("group %+v", b)
			}
			first += b.Hosts
			current = nil
		}
	}
	if first != 7 || len(between) != 4 || between[1].NextHosts != 2 || between[3].NextHosts != 0 || !between[3].Last() {
		t.Errorf("%d hosts, between %+v", first, between)
	}
}

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

// scripted returns a runner of n hosts whose fates are those of one.
func scripted(t *testing.T, n int, ro Rollout, fanout int, one func(r *Runner, rank int) event.Result) (*Runner, *enginetest.Recorder) {
	t.Helper()
	cfg, rec := config(t, n, "", "true")
	cfg.Fanout, cfg.Rollout = fanout, &ro
	cfg.Processors = 1000 // nothing is slowed down because others load the machine
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.one = func(rank int, slot *admission.Slot) event.Result {
		if slot == nil {
			return event.Result{Outcome: event.NotStarted}
		}
		slot.Started(0)
		slot.Done(admission.Succeeded)
		r.emit(event.Event{Kind: event.Started, Host: rank})
		return one(r, rank)
	}
	return r, rec
}

// Of 10,000 hosts in groups of one and then a tenth, two in a hundred fail, and 1% may: the 101st
// failure is that of rank 5,049.
func TestExactSetOfThousands(t *testing.T) {
	const hosts, failure = 10_000, 5_049
	for _, fanout := range []int{1, 64} {
		budget, err := rollout.ParseBudget("1%")
		if err != nil {
			t.Fatal(err)
		}
		ro := Rollout{Groups: groups(t, "1,10%", hosts), MaxFail: budget.Allowed(hosts), Budget: "--max-fail " + budget.Describe(hosts)}
		r, rec := scripted(t, hosts, ro, fanout, func(_ *Runner, rank int) event.Result {
			return event.Result{Outcome: event.Exited, Code: rank % 50 / 49}
		})
		s, err := r.Run()
		if err != nil {
			t.Fatal(err)
		}
		var notStarted []int
		for rank := range hosts {
			if rec.Results[rank].Outcome == event.NotStarted {
				notStarted = append(notStarted, rank)
			}
		}
		first := hosts - len(notStarted)
		if first <= failure-fanout || first > failure+fanout || fanout == 1 && first != failure+1 || len(notStarted) == 0 || notStarted[0] != first {
			t.Errorf("fan-out %d: %d were not started, from rank %d on", fanout, len(notStarted), first)
		}
		if fanout == 1 && s.Stop.Note != "stopped after batch 7 of 11: 101 failed, --max-fail 1% (100 of 10000 hosts)" {
			t.Errorf("note %q", s.Stop.Note)
		}
		if s.Code != 1 || s.Stop.By != event.StopMaxFail {
			t.Errorf("summary %+v", s)
		}
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

// A run that Between stops has the exit status 3 where no host failed.
func TestBetweenStops(t *testing.T) {
	for number := 1; number <= 3; number++ {
		r, rec := scripted(t, 6, Rollout{Groups: []int{2, 2, 2}, MaxFail: event.NoLimit, Between: func(i Interval) event.Stop {
			if i.Number == number {
				return event.StopAfter(&i.Batch, event.StopGate, "gate, exit code 1")
			}
			return event.Stop{}
		}}, 2, func(*Runner, int) event.Result { return event.Result{Outcome: event.Exited} })
		s, err := r.Run()
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("stopped after batch %d of 3: gate, exit code 1", number)
		if s.Code != event.CodeHalted || s.Stop.By != event.StopGate || s.Stop.Note != want || s.OK != 2*number {
			t.Errorf("group %d: %+v", number, s)
		}
		batches := slices.DeleteFunc(rec.Order, func(e event.Event) bool { return e.Kind != event.BatchEnded })
		if len(batches) != number {
			t.Errorf("group %d: %d groups have ended", number, len(batches))
		}
	}
}

// Every signal in every state of a rollout: what runs goes on with a first SIGTERM, is stopped by
// the others, and nothing further starts.
func TestRolloutSignals(t *testing.T) {
	const term, hup = syscall.SIGTERM, syscall.SIGHUP
	for _, signals := range [][]syscall.Signal{{term}, {syscall.SIGINT}, {hup}, {term, term}} {
		last := signals[len(signals)-1]
		t.Run(fmt.Sprint("running ", signals), func(t *testing.T) {
			cfg, rec := config(t, 4, "", `echo up; [ $CLSH_RANK = 0 ] || exit 7; trap "" TERM; for i in 1 2 3 4 5 6 7 8; do sleep 0.25; done`)
			cfg.Fanout = 1 // host 1 waits for its place: it is being prepared
			cfg.Rollout = &Rollout{Groups: []int{2, 2}, MaxFail: 0, Between: func(Interval) event.Stop {
				t.Error("something is done between the groups")
				return event.Stop{}
			}}
			s, err := started(t, cfg, func(r *Runner) {
				for _, sig := range signals {
					r.Signal(sig)
				}
			})
			if err != nil || s.Code != 128+int(last) || s.Stop.By != "" || s.Counts[event.NotStarted] != 3 {
				t.Errorf("%+v, %v", s, err)
			}
			want := event.Stopped
			if len(signals) == 1 && last == term {
				want = event.Exited
			}
			if rec.Results[0].Outcome != want {
				t.Errorf("host 0: %+v", rec.Results[0])
			}
		})
		for name, wait := range map[string]func(r *Runner, i Interval) event.Stop{
			"gate": func(_ *Runner, i Interval) event.Stop {
				<-i.Drain
				if len(signals) > 1 {
					<-i.Kill
				}
				return event.StopAfter(&i.Batch, event.StopGate, "is not the reason")
			},
			"pause": func(_ *Runner, i Interval) event.Stop { return Pause(time.Hour)(i) },
		} {
			t.Run(fmt.Sprint(name, signals), func(t *testing.T) {
				var r *Runner
				var rec *enginetest.Recorder
				ro := Rollout{Groups: []int{2, 2}, Between: func(i Interval) event.Stop {
					if i.Over() {
						t.Error("over before the signal")
					}
					var wg sync.WaitGroup
					wg.Go(func() {
						for _, sig := range signals {
							r.Signal(sig)
						}
					})
					defer wg.Wait()
					return wait(r, i)
				}}
				r, rec = scripted(t, 4, ro, 2, func(*Runner, int) event.Result { return event.Result{Outcome: event.Exited} })
				s, err := r.Run()
				if err != nil || s.Code != 128+int(last) || s.Stop.By != "" || s.OK != 2 || s.Counts[event.NotStarted] != 2 {
					t.Errorf("%+v, %v", s, err)
				}
				if name == "pause" {
					checkWaits(t, rec)
				}
			})
		}
	}
}

// checkWaits checks that the run said what it waited for, and that this was over.
func checkWaits(t *testing.T, rec *enginetest.Recorder) {
	t.Helper()
	var waits []string
	for _, e := range rec.Order {
		if e.Kind == event.Waiting {
			waits = append(waits, strconv.Itoa(int(e.Batch.Waits))+strconv.FormatBool(e.Batch.Until.IsZero()))
		}
	}
	if got, want := strings.Join(waits, " "), fmt.Sprintf("%dfalse 0true", event.ForPause); got != want {
		t.Errorf("waits %q, want %q", got, want)
	}
}

// An error of the sink between two groups ends the run.
func TestSinkErrorBetweenBatches(t *testing.T) {
	cfg, rec := config(t, 2, "", "echo up")
	cfg.Rollout = &Rollout{Groups: []int{1, 1}, Between: func(i Interval) event.Stop {
		rec.Fail = fmt.Errorf("disk full")
		i.Emit(event.Event{Kind: event.Output, Host: 0, Data: []byte("x")})
		<-i.Drain
		return event.Stop{}
	}}
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Run()
	if err == nil || s.Counts[event.NotStarted] != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// The pause is between groups, not after the last.
func TestPause(t *testing.T) {
	for _, d := range []time.Duration{0, time.Millisecond} {
		r, rec := scripted(t, 3, Rollout{Groups: []int{1, 1, 1}, Between: Pause(d)}, 1, func(*Runner, int) event.Result {
			return event.Result{Outcome: event.Exited}
		})
		if s, err := r.Run(); err != nil || s.OK != 3 {
			t.Errorf("%+v, %v", s, err)
		}
		waits := slices.DeleteFunc(rec.Order, func(e event.Event) bool { return e.Kind != event.Waiting })
		if want := map[time.Duration]int{0: 0, time.Millisecond: 4}[d]; len(waits) != want {
			t.Errorf("%s: %d events, want %d", d, len(waits), want)
		}
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Error(err)
	}
}
