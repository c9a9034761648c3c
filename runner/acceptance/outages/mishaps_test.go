//go:build cluster && linux

package outages

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/cluster"
)

// A mishap is a place that is in a bad way; the other four see the service.
type mishap struct {
	what, vote string
	begin      func(h *cluster.Host) (end func())
	votes      string // while it lasts; "": no place is lost and none sees the service down
}

func listMishaps() []mishap {
	return []mishap{
		{"its command takes longer than `timeout`", "down", func(h *cluster.Host) func() {
			h.Run("touch /tmp/slow")
			return func() { h.Run("rm /tmp/slow") }
		}, votes(placesCount, placesCount-1)},
		{"it is frozen", "none", (*cluster.Host).Freeze, votes(placesCount-1, placesCount-1)},
		{"it is rebooted", "none", func(h *cluster.Host) func() {
			h.Kill()
			return h.Boot
		}, votes(placesCount-1, placesCount-1)},
		{"its power fails", "none", func(h *cluster.Host) func() {
			h.Cut(cluster.Drop)
			h.Kill()
			return h.Boot
		}, votes(placesCount-1, placesCount-1)},
		{"its clock jumps ten years ahead, and as far back", "up", func(h *cluster.Host) func() {
			h.Run("echo +3650d >/tmp/clock")
			return func() { h.Run("echo -3650d >/tmp/clock") }
		}, ""},
	}
}

// mishaps has something happen to one place of five, one thing after another, and returns the table.
// That place has a clock of its own, in a file.
func mishaps(t *testing.T, s *sshtest.Site, g *cluster.Ground, well []*cluster.Host) string {
	t.Helper()
	sshtest.Need(t, "faketime")
	libraries, err := filepath.Glob("/usr/lib*/*/faketime/libfaketime.so.1")
	if err != nil || len(libraries) == 0 {
		t.Fatalf("faketime has no library where Debian puts it: %v", err)
	}
	ill := g.Host(t, s, "ill", "SetEnv HOME=/root SSHTEST_SITE="+s.Mark+" LD_PRELOAD="+libraries[0]+
		" FAKETIME_TIMESTAMP_FILE=/tmp/clock FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1")
	ill.Run("echo +0 >/tmp/clock")
	from := ill.Name
	for _, h := range well[1:] {
		from += "," + h.Name
	}
	c, w := startHeat(t, s, fmt.Sprintf("timeout = 6\n[check.web]\nkill-after = 10\nfrom = %q\ncommand = \"date +%%Y >/tmp/year; test ! -e /tmp/slow || sleep 600\"\n", from))
	all := votes(placesCount, placesCount)
	sshtest.WaitFor(t, "five places vote", func() bool { return w.shows("web", time.Time{}, all) })
	text := "| what happens to one of five places | its vote | the check is | seen after | counted again after |\n| --- | --- | --- | --- | --- |\n"
	for _, m := range listMishaps() {
		began := time.Now()
		end := m.begin(ill)
		var seen, back time.Duration
		if m.votes == "" {
			years(t, w, ill, all, end)
		} else {
			seen = firstVotes(t, w, m.what, m.votes, began)
			began = time.Now()
			end()
			back = firstVotes(t, w, m.what+", over", all, began)
		}
		text += tableRow(m.what, m.vote, "good", intervals(seen), intervals(back))
	}
	for _, e := range w.results("web") {
		if e.Result != "ok" {
			t.Errorf("with four of five places well, the check was %s: %s", e.Result, e.Votes)
		}
	}
	c.Signal(syscall.SIGTERM)
	if code := c.Wait(); code != 143 {
		t.Errorf("exit status %d of heat, want 143", code)
	}
	return text
}

// firstVotes returns how long after since a result with these votes came first.
func firstVotes(t *testing.T, w *heatWatch, what, votes string, since time.Time) time.Duration {
	t.Helper()
	var after time.Duration
	sshtest.WaitFor(t, what+": "+votes, func() bool {
		seen := w.after("web", since, votes)
		if len(seen) > 0 {
			after = seen[0].at.Sub(since)
		}
		return len(seen) > 0
	})
	return after
}

// years waits until the place has run the command with a clock ahead and, after end, with one that is
// behind, and fails the test if anything but five good votes came of it.
func years(t *testing.T, w *heatWatch, h *cluster.Host, all string, end func()) {
	t.Helper()
	began, now := time.Now(), time.Now().Year()
	year := func(off int) func() bool {
		return func() bool { return h.Run("cat /tmp/year") == fmt.Sprint(now+off) }
	}
	before := len(w.results("web"))
	sshtest.WaitFor(t, "a place ten years ahead", year(10))
	firstVotes(t, w, "ten years ahead", all, time.Now())
	end()
	sshtest.WaitFor(t, "a place ten years behind", year(-10))
	firstVotes(t, w, "ten years behind", all, time.Now())
	if got, want := len(w.after("web", began, all)), len(w.results("web"))-before; got < want {
		t.Errorf("with another clock, %d of %d checks had five good votes", got, want)
	}
}
