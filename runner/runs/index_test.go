package runs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clsh/runner/event"
	"clsh/runner/record"
)

func TestIndex(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var ids []string
	for i := range 20 {
		run := onNodes(fmt.Sprintf("command %d", i), exit(i))
		run.Time = began(100 - i)
		ids = append(ids, s.keep(t, run, true))
	}
	whole := s.list(t)
	same := func(when string) {
		t.Helper()
		list := s.list(t)
		for i := range list {
			if list[i].ID != whole[i].ID || list[i].outcomes() != whole[i].outcomes() || list[i].Command != whole[i].Command || list[i].DurationMS != whole[i].DurationMS {
				t.Fatalf("%s: %+v, want %+v", when, list[i], whole[i])
			}
		}
		if len(list) != 20 {
			t.Fatalf("%s: %d runs", when, len(list))
		}
	}
	index, err := s.root.ReadFile(indexName)
	if err != nil {
		t.Fatal(err)
	}
	for when, text := range map[string]string{
		"missing": "", "cut": string(index[:len(index)/2]), "damaged": strings.ReplaceAll(string(index), "command 7", "\x00\"}"),
		"of others": strings.ReplaceAll(string(index), ids[3], "../../../etc/passwd"), "no text": "\xff\xfe" + string(index[100:]),
	} {
		if err := s.root.Remove(indexName); err != nil {
			t.Fatal(err)
		}
		if text != "" {
			if err := s.root.WriteFile(indexName, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		same(when)
		same(when + ", again")
	}
	for _, id := range ids {
		if err := s.root.WriteFile(id+zippedEnd, []byte("no record"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	same("from the index alone")
	if err := s.root.Remove(indexName); err != nil {
		t.Fatal(err)
	}
	if list := s.list(t); len(list) != 20 || list[0].State != Damaged {
		t.Errorf("%+v", list[0])
	}
}

func TestIndexIsReplaced(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	id := s.keep(t, onNodes("kept", exit(0)), true)
	gone := strings.Repeat(`{"id":"20200101-000000-zzzz","command":"`+strings.Repeat("x", 1000)+"\"}\n", maxIndex/1000)
	f, err := s.root.OpenFile(indexName, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(gone); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if list := s.list(t); len(list) != 1 || list[0].ID != id || list[0].Command != "kept" {
			t.Errorf("%+v", list)
		}
	}
	if text, err := s.root.ReadFile(indexName); err != nil || len(text) > 2000 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestLongLine(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	run := onNodes(strings.Repeat("가", 5000)+" end", exit(0))
	for i := range 200 {
		run.Hosts = append(run.Hosts, fmt.Sprintf("x%dy%d", i, i*i))
		run.results = append(run.results, exit(0))
	}
	s.keep(t, run, true)
	info := s.list(t)[0]
	if !info.Cut || len(info.Command) > maxShown || len(info.Hosts) > maxShown || strings.ContainsRune(string(info.Command), '\ufffd') {
		t.Errorf("%d and %d bytes: %q", len(info.Command), len(info.Hosts), info.Command)
	}
	if whole := s.Whole(info); string(whole.Command) != run.Command || whole.Cut {
		t.Errorf("%d bytes of %d", len(whole.Command), len(run.Command))
	}
	for word, want := range map[string]int{"end": 1, "@x150y22500": 1, "@x150y1": 0, "@node1": 1, "nothing": 0} {
		f, err := ParseFilter([]string{word}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Select(s, []Info{info}); len(got) != want {
			t.Errorf("%q: %d runs, want %d", word, len(got), want)
		}
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.maxRuns = 3
	running, err := s.again(t).Begin(record.Run{Command: "runs", Hosts: []string{"a"}, Time: began(600)}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := running.Event(event.Event{Kind: event.Connecting}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = running.Close(nil) }()
	for i := range 6 {
		run := onNodes(fmt.Sprint(i), exit(0))
		run.Time = began(500 - i)
		s.keep(t, run, i != 1) // that one was killed
	}
	var commands []string
	for _, info := range s.list(t) {
		commands = append(commands, string(info.Command))
	}
	if got := strings.Join(commands, " "); got != "5 4 3 runs" {
		t.Errorf("%s are left", got)
	}
	s.maxBytes = 1
	s.keep(t, onNodes("last", exit(0)), true)
	if list := s.list(t); len(list) != 2 || list[0].Command != "last" {
		t.Errorf("%+v", list)
	}
}

func BenchmarkList(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "runs"), os.Getuid())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := range 1000 {
		run := onNodes("apt upgrade", exit(0))
		run.ID, run.Time = fmt.Sprintf("20260101-%06d-aaaa", i), began(i)
		info := newInfo(&run.Run, &tally{}, &event.Summary{})
		info.Outcomes = []Count{{"ok", 97}, {"exit 3", 3}}
		if err := errors.Join(s.appendIndex(info), s.root.WriteFile(run.ID+zippedEnd, nil, 0o600)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		list, err := s.List()
		if err != nil || len(list) != 1000 {
			b.Fatalf("%d runs, %v", len(list), err)
		}
		if err := WriteTable(io.Discard, list, 80, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
