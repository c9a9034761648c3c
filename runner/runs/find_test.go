package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"clsh/runner/event"
	"clsh/runner/record"
)

func TestRefusedDirectories(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writable, link, plain := filepath.Join(dir, "writable"), filepath.Join(dir, "link"), filepath.Join(dir, "plain")
	if err := errors.Join(os.Mkdir(writable, 0o700), os.Chmod(writable, 0o720), os.Symlink(t.TempDir(), link), os.WriteFile(plain, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{writable: "others may write", link: "symbolic link", link + "/": "symbolic link", plain: "not a directory"} {
		if _, err := Open(path, os.Getuid()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if _, err := Open(filepath.Join(dir, "new"), os.Getuid()+1); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("another user's: %v", err)
	}
	if _, err := OpenExisting(filepath.Join(dir, "nowhere"), os.Getuid()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing one: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a list has made the directory")
	}
}

func TestHostileFiles(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	good := s.keep(t, onNodes("good", exit(0)), true)
	secret := filepath.Join(t.TempDir(), "secret")
	hosts := `{"type":"run","id":"x","time":"2026-01-01T00:00:00Z","user":"","cwd":"","version":"","command":"x","hosts":"a;b","options":[]}` + "\n"
	name := func(n int, end string) string {
		return filepath.Join(s.dir, fmt.Sprintf("20260101-00000%d-aaaa%s", n, end))
	}
	err := errors.Join(
		os.WriteFile(secret, []byte("secret"), 0o600),
		unix.Mkfifo(name(1, plainEnd), 0o600), os.Symlink(secret, name(2, plainEnd)), os.Mkdir(name(3, zippedEnd), 0o700),
		os.WriteFile(name(4, plainEnd), []byte(hosts), 0o600), os.WriteFile(name(5, zippedEnd), []byte("\x1f\x8bxx"), 0o600),
		os.WriteFile(name(6, plainEnd), nil, 0o600), os.Symlink("/dev/zero", name(7, zippedEnd)),
		os.WriteFile(filepath.Join(s.dir, "20260101-000000-\x1b[31m.jsonl"), nil, 0o600),
		os.WriteFile(filepath.Join(s.dir, "-rf"), nil, 0o600), os.Remove(filepath.Join(s.dir, indexName)), unix.Mkfifo(filepath.Join(s.dir, indexName), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		list := s.list(t)
		if len(list) != 7 || list[0].ID != good || list[0].State != Finished {
			t.Fatalf("%+v", list)
		}
		for _, info := range list[1:] {
			if info.State != Damaged {
				t.Errorf("%+v", info)
			}
			if saved, err := s.Open(info.ID); err == nil {
				t.Errorf("%s can be opened: %v", info.ID, saved.Run)
			}
		}
	}
}

func TestFindRefuses(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if _, err := s.Open("zzzz"); err == nil || !strings.Contains(err.Error(), "no run is recorded") {
		t.Errorf("in an empty store: %v", err)
	}
	for i := range 7 {
		run := onNodes(fmt.Sprint(i), exit(0))
		run.Time = time.Date(2026, 3, 4, 5, 6, i, 0, time.UTC)
		s.keep(t, run, true)
	}
	newest := s.list(t)
	for name, want := range map[string]string{
		"":         "no run named\nhint: the newest are " + letters(newest[0].ID),
		"aaaa":     `no such run: "aaaa"` + "\nhint: the newest are " + letters(newest[0].ID),
		"../x":     "no such run",
		"20260304": `"20260304" begins the IDs of 7 runs: ` + newest[0].ID,
	} {
		if _, err := s.Open(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
}

func TestLast(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, test := range []struct {
		name string
		runs []record.Run // the oldest first, a minute apart, the last one a minute ago
		from Place
		want string // the command; empty: none
	}{
		{"none", nil, Place{"1", "/a"}, ""},
		{"this terminal", []record.Run{{Command: "old", Terminal: "1"}, {Command: "mine", Terminal: "1"}, {Command: "theirs", Terminal: "2"}}, Place{"1", "/a"}, "mine"},
		{"not the directory", []record.Run{{Command: "theirs", Terminal: "2", Cwd: "/a"}, {Command: "none", Cwd: "/a"}}, Place{"1", "/a"}, ""},
		{"without a terminal", []record.Run{{Command: "here", Terminal: "2", Cwd: "/a"}, {Command: "there", Cwd: "/b"}}, Place{"", "/a"}, "here"},
		{"a gate's", []record.Run{{Command: "mine", Terminal: "1"}, {Command: "gate", Terminal: "1", Gate: true}}, Place{"1", "/a"}, "mine"},
		{"too old", []record.Run{{Command: "mine", Terminal: "1", Time: now.Add(-61 * time.Minute)}}, Place{"1", "/a"}, ""},
		{"ended lately", []record.Run{{Command: "mine", Terminal: "1", Time: now.Add(-60 * time.Minute)}}, Place{"1", "/a"}, "mine"},
	} {
		s := newStore(t)
		for i, run := range test.runs {
			if run.Time.IsZero() {
				run.Time = now.Add(time.Duration(i-len(test.runs)) * time.Minute)
			}
			run.Hosts = []string{"a"}
			s.keep(t, testRun{Run: run, results: []*event.Result{exit(0)}}, true)
		}
		info, err := s.last(test.from, now)
		if string(info.Command) != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %q, %v; want %q", test.name, info.Command, err, test.want)
		}
		if err != nil && len(test.runs) > 0 && !strings.Contains(err.Error(), "the newest are") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
