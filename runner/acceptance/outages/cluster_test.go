//go:build cluster && linux

package outages

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
	"clsh/runner/sshtest/cluster"
)

// What clsh promises of cables, reboots and servers that are in a bad way, on
// hosts with addresses of their own. scripts/test-cluster runs this, on the
// ground that CLSH_TEST_GROUND names, and the README has the table of it.

// soon is how long after a cut clsh must report it: --lost-after, 5 s, and a grain
// of ssh's second.
const soon = 6 * time.Second

// alive are the sshd settings that the README recommends, only quicker: the
// far side itself notices that its client has gone.
func alive() []string { return []string{"ClientAliveInterval 1", "ClientAliveCountMax 3"} }

// A trial is one line of the table: something that happens to a host.
type trial struct {
	what string
	run  func(*testing.T, *cluster.Ground) row
}

// TestCluster runs the trials, most of them at once, for they mostly wait; then,
// unless only a part is wanted, the one that keeps the machine busy.
func TestCluster(t *testing.T) {
	ground := cluster.Open(t, os.Getenv("CLSH_TEST_GROUND"), os.Getenv("CLSH_TEST_IMAGE"))
	t.Cleanup(measureDrag())
	var rows []row
	do := func(name string, list []trial) {
		found := make([]row, len(list))
		t.Run(name, func(t *testing.T) {
			for i, tr := range list {
				t.Run(tr.what, func(t *testing.T) {
					t.Parallel()
					found[i] = tr.run(t, ground)
					found[i].what = tr.what
				})
			}
		})
		rows = append(rows, found...)
	}
	do("trial", append(cuts(), trials()...))
	if os.Getenv("CLSH_TEST_GROUND_PART") == "" {
		do("many", []trial{{"64 names behind a bastion with `MaxStartups 10:30:100` (`-t 30`)", bastion}})
	}
	for _, r := range rows {
		t.Log(r)
	}
	if !t.Failed() {
		tabulateRows(t, rows)
	}
}

func cuts() []trial {
	var list []trial
	for _, how := range []struct {
		cluster.Cut
		words string
	}{
		{cluster.Down, "cable unplugged"},
		{cluster.Drop, "packets dropped silently"},
		{cluster.Reset, "connections reset"},
	} {
		list = append(list,
			trial{how.words + " before a command", cutBefore(how.Cut)},
			trial{how.words + " during it", cutDuring(how.Cut, alive())},
			trial{how.words + " after it", cutAfter(how.Cut)},
		)
	}
	return append(list,
		trial{"dropped during it, `ClientAliveInterval 0`", cutDuring(cluster.Drop, nil)},
		trial{"reset during it, `ClientAliveInterval 0`", cutDuring(cluster.Reset, nil)},
	)
}

func trials() []trial {
	return []trial{
		{"the host is rebooted during it", reboot},
		{"its power fails during it, and comes back", powerCut},
		{"the host's disk is full", diskFull},
		{"its login takes 10 s", slowLogin},
		{"its host key has changed", changedKey},
		{"it wants a password", password},
	}
}

func cutBefore(how cluster.Cut) func(*testing.T, *cluster.Ground) row {
	return func(t *testing.T, g *cluster.Ground) row {
		t.Helper()
		s, mark := sshtest.New(t), sshtest.Mark()
		h := g.Host(t, s, "cut")
		h.Cut(how)
		b := startBatch(t, s, "-h", h.Name, "MARK="+mark+" sleep 300")
		r := row{batch: b.lost(b.watch(h.Name)), outcome: b.outcome(h.Name)}
		p := clshtest.Interactive(t, s, "-h", h.Name)
		w := watchPrompt(p, h.Name)
		p.Types("MARK=" + mark + " sleep 300\r")
		r.prompt = lostAtPrompt(p, w)
		within(t, soon, r.batch, r.prompt)
		h.Heal()
		back(t, s, h)
		r.left = left(h, mark)
		return r
	}
}

// left says what is left of the commands on the host.
func left(h *cluster.Host, marks ...string) string {
	n := 0
	for _, mark := range marks {
		n += h.Left(mark)
	}
	switch n {
	case 0:
		return "nothing"
	case len(marks):
		return "the command"
	}
	return fmt.Sprintf("%d of %d commands", n, len(marks))
}

// cutDuring cuts the cable while a command runs, once of a batch and once of
// the interactive mode. The other host is stopped and left with nothing.
func cutDuring(how cluster.Cut, lines []string) func(*testing.T, *cluster.Ground) row {
	return func(t *testing.T, g *cluster.Ground) row {
		t.Helper()
		s, batchMark, promptMark := sshtest.New(t), sshtest.Mark(), sshtest.Mark()
		h, well := g.Host(t, s, "cut", lines...), g.Host(t, s, "well")
		b := startBatch(t, s, "-t", "60", "-h", "cut,well", "echo up; MARK="+batchMark+" sleep 300")
		b.WaitFor(b.Out, `: up$`, 2)
		p := clshtest.Interactive(t, s, "-t", "60", "-h", "cut,well")
		p.Types("echo up; MARK=" + promptMark + " sleep 300\r")
		p.Sees(`: up\r?$`, 2)
		thaw := func() {}
		if how == cluster.Reset {
			thaw = quiet(t, s, h)
		}
		batchWatch, promptWatch := b.watch(h.Name), watchPrompt(p, h.Name)
		h.Cut(how)
		thaw()
		r := row{batch: b.lost(batchWatch), prompt: lostAtPrompt(p, promptWatch), outcome: b.outcome(h.Name)}
		within(t, soon, r.batch, r.prompt)
		if got := b.outcome("well"); got != "stopped" {
			t.Errorf("the other host: %q", got)
		}
		gone(t, well, batchMark, promptMark)
		began := time.Now()
		h.Heal()
		back(t, s, h)
		if how == cluster.Reset && lines == nil {
			// Its sshd has heard nothing, and asks nothing.
			r.left = left(h, batchMark, promptMark)
			return r
		}
		gone(t, h, batchMark, promptMark)
		r.left = left(h, batchMark, promptMark)
		t.Logf("%v after the cable was mended", time.Since(began))
		return r
	}
}

// quiet stops every ssh of the site until nothing is under way from the host or
// to it: an answer that meets a reset would tell the host of it. thaw lets them
// go on.
func quiet(t *testing.T, s *sshtest.Site, h *cluster.Host) (thaw func()) {
	t.Helper()
	signal := func(sig syscall.Signal) {
		for _, p := range sshtest.Marked(t, s.Mark) {
			if p.Name == "ssh" {
				_ = syscall.Kill(p.PID, sig)
			}
		}
	}
	signal(syscall.SIGSTOP)
	for range 2 { // the first may have come before an answer
		sshtest.WaitFor(t, "nothing is under way", h.Quiet)
	}
	return func() { signal(syscall.SIGCONT) }
}

// cutAfter cuts the cable when a host's command has ended and another's has
// not; and between two commands at the prompt.
func cutAfter(how cluster.Cut) func(*testing.T, *cluster.Ground) row {
	return func(t *testing.T, g *cluster.Ground) row {
		t.Helper()
		s, mark := sshtest.New(t), sshtest.Mark()
		h, well := g.Host(t, s, "cut", alive()...), g.Host(t, s, "well")
		b := startBatch(t, s, "-t", "60", "-h", "cut,well", "MARK="+mark+` sh -c 'echo up; test $CLSH_HOST = cut || until test -e /tmp/go; do sleep 0.1; done'`)
		p := clshtest.Interactive(t, s, "-t", "60", "-h", "cut,well")
		p.Does("echo up")
		p.Sees(`: up\r?$`, 2)
		b.WaitFor(b.Out, `: up$`, 2)
		sshtest.WaitFor(t, "its end is recorded", func() bool { return b.outcome("cut") != "" })
		w := watchPrompt(p, h.Name)
		h.Cut(how)
		p.Types("MARK=" + mark + " sleep 300\r")
		r := row{prompt: lostAtPrompt(p, w)}
		within(t, soon, r.prompt)
		well.Run("touch /tmp/go")
		b.Want(0, "cut: up", "well: up")
		b.WantNoError("ERROR")
		r.outcome = b.outcome("cut")
		h.Heal()
		back(t, s, h)
		gone(t, h, mark)
		gone(t, well, mark)
		r.left = left(h, mark)
		return r
	}
}
