package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// scripted returns a runner of n hosts whose fates are those of one.
func scripted(t *testing.T, n int, ro Rollout, fanout int, one func(r *Runner, rank int) event.Result) (*Runner, *enginetest.Recorder) {
	t.Helper()
	cfg, rec := config(t, n, "", "true")
	cfg.Fanout, cfg.Rollout = fanout, &ro
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.one = func(rank int, slot *admission.Slot) event.Result {
		if slot == nil {
			return event.Result{Outcome: event.NotStarted}
		}
		slot.Started()
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
