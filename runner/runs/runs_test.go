package runs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"clsh/runner/event"
	"clsh/runner/record"
)

// newStore returns an empty store.
func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "state", "runs"), os.Getuid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// again returns the same store once more, for an Entry, which closes it.
func (s *Store) again(t *testing.T) *Store {
	t.Helper()
	other, err := Open(s.dir, s.uid)
	if err != nil {
		t.Fatal(err)
	}
	other.maxRuns, other.maxBytes = s.maxRuns, s.maxBytes
	return other
}

// A run that tests write down: a command on hosts, and how these ended; nil for one whose command
// began and did not end, a Result without an Outcome for one that did not begin.
type testRun struct {
	record.Run
	results []*event.Result
	output  map[int]string
}

func exit(code int) *event.Result { return &event.Result{Outcome: event.Exited, Code: code} }

// began is the time at which the runs of tests begin, minutes ago.
func began(minutes int) time.Time { return time.Now().Add(-time.Duration(minutes) * time.Minute) }

// keep writes a run and returns its ID. Without whole it is left as kill -9 leaves it.
func (s *Store) keep(t *testing.T, run testRun, whole bool) string {
	t.Helper()
	if run.Time.IsZero() {
		run.Time = time.Now()
	}
	e, err := s.again(t).Begin(run.Run, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var tally event.Tally
	var events []event.Event
	for rank, result := range run.results {
		if result == nil || result.Outcome != 0 && result.Outcome != event.NotStarted {
			events = append(events, event.Event{Kind: event.Started, Host: rank, Time: run.Time})
		}
		if text := run.output[rank]; text != "" {
			events = append(events, event.Event{Kind: event.Output, Host: rank, Stream: event.Stdout, Data: []byte(text)})
		}
		if result != nil && result.Outcome != 0 {
			tally.Add(result)
			events = append(events, event.Event{Kind: event.Ended, Host: rank, Result: result})
		}
	}
	for _, ev := range events {
		if err := e.Event(ev); err != nil {
			t.Fatal(err)
		}
	}
	if !whole {
		if err := errors.Join(e.file.Close(), e.pool.Close(), e.store.Close()); err != nil {
			t.Fatal(err)
		}
		return e.run.ID
	}
	if err := e.Close(tally.Summary(len(run.Hosts), 2*time.Second, 0, event.Stop{})); err != nil {
		t.Fatal(err)
	}
	return e.run.ID
}

func (s *Store) list(t *testing.T) []Info {
	t.Helper()
	list, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// onNodes returns a run of a command on node1, node2, …, as many as there are results.
func onNodes(command string, results ...*event.Result) testRun {
	run := testRun{Run: record.Run{Command: command, Cwd: "/work"}, results: results}
	for i := range results {
		run.Hosts = append(run.Hosts, fmt.Sprintf("node%d", i+1))
	}
	return run
}

// What is written is what is found again: by the ID, the four letters, and beginnings of both.
func TestKeep(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	run := onNodes("echo \xff \"a\"", exit(0), exit(3), &event.Result{Outcome: event.NotStarted})
	run.Options, run.Stdin, run.Terminal, run.User = []string{"--fanout=3", "--option=a=\xfe"}, true, "7.8", "me"
	run.Time = began(0)
	id := s.keep(t, run, true)
	if info, err := s.root.Stat(id + zippedEnd); err != nil || info.Mode() != 0o600 {
		t.Errorf("the record: %v, %v", info, err)
	}
	if dir, err := os.Stat(s.dir); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", dir, err)
	}
	for _, name := range []string{id, letters(id), id[:10], letters(id)[:2]} {
		saved, err := s.Open(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := *saved.Run
		if got.ID != id || got.Command != run.Command || !slices.Equal(got.Options, run.Options) || !slices.Equal(got.Hosts, run.Hosts) ||
			!got.Time.Equal(run.Time) || got.Cwd != run.Cwd || got.User != "me" || got.Terminal != "7.8" || !got.Stdin || got.Output || got.Gate {
			t.Errorf("%s: %+v", name, got)
		}
		states, sum, err := saved.States()
		if err != nil || sum == nil || !states[0].Started || states[2].Started || states[1].Result.Code != 3 {
			t.Errorf("%s: %+v, %v, %v", name, states, sum, err)
		}
		if err := saved.Close(); err != nil {
			t.Error(err)
		}
	}
	list := s.list(t)
	if len(list) != 1 || list[0].outcomes() != "1 ok, 1 exit 3, 1 not started" || list[0].Failed != 1 || list[0].Hosts != "node[1-3]" || *list[0].Code != 3 {
		t.Errorf("%+v", list)
	}
}

// A run that goes on, one that was killed, and one that does not begin.
func TestStates(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	killed := s.keep(t, onNodes("killed", exit(0), nil, &event.Result{}), false)
	e, err := s.again(t).Begin(onNodes("goes on", exit(0)).Run, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if list := s.list(t); len(list) != 1 {
		t.Errorf("before the first event: %+v", list)
	}
	e.run.Time = time.Now()
	if err := e.Event(event.Event{Kind: event.Connecting}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // from the records, then from the index
		list := s.list(t)
		if len(list) != 2 || list[0].State != Running || list[1].ID != killed || list[1].State != Unfinished ||
			list[1].outcomes() != "unfinished, 1 ok, 1 unfinished, 1 not started" {
			t.Errorf("%+v", list)
		}
	}
	if err := e.Close(nil); err != nil {
		t.Fatal(err)
	}
	if list := s.list(t); len(list) != 2 || list[0].State != Unfinished {
		t.Errorf("%+v", list)
	}
	none, err := s.again(t).Begin(onNodes("never", exit(0)).Run, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := none.Close(nil); err != nil {
		t.Fatal(err)
	}
	if all, err := s.files(); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}

// A list opens no record that has a line in the index, and makes up for an index that is missing,
// damaged or behind.
// An index that has grown is replaced by one with the runs that are there.
// Long commands and lists of hosts are cut in the index, and whole elsewhere.
// The oldest runs go first; the newest stays, and so does one that goes on.
// Several clsh write, list and remove at once: nothing is lost, and no ID is there twice.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			for j := range 10 {
				s.keep(t, onNodes(fmt.Sprintf("command %d of %d", j, i), exit(0)), true)
				s.list(t)
			}
		})
	}
	writers.Wait()
	seen := map[string]bool{}
	for _, info := range s.list(t) {
		seen[string(info.Command)] = true
		if info.State != Finished {
			t.Errorf("%+v", info)
		}
	}
	if len(seen) != 80 {
		t.Errorf("%d runs", len(seen))
	}
}

// Directories that others could have prepared are refused.
// What is planted under the name of a record is neither read nor waited for.
// Names of runs that are refused, with a way out.
// The last run is that of this terminal, or without one of this directory, of the past hour.
// BenchmarkList lists 1,000 runs from the index, as --runs does.
// BenchmarkEntry is what the record of a run costs for each of its hosts.
func BenchmarkEntry(b *testing.B) {
	const hosts = 10_000
	var run record.Run
	for i := range hosts {
		run.Hosts = append(run.Hosts, fmt.Sprintf("node%d", i))
	}
	for b.Loop() {
		s, err := Open(filepath.Join(b.TempDir(), "runs"), os.Getuid())
		if err != nil {
			b.Fatal(err)
		}
		run.Time = time.Now()
		e, err := s.Begin(run, b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		for rank := range hosts {
			if err := errors.Join(e.Event(event.Event{Kind: event.Started, Host: rank, Time: run.Time}), e.Event(event.Event{Kind: event.Ended, Host: rank, Result: exit(0)})); err != nil {
				b.Fatal(err)
			}
		}
		if err := e.Close(&event.Summary{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/hosts, "ns/host")
}
