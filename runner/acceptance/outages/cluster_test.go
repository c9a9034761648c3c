//go:build cluster && linux

package outages

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
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

// soon is how long after a cut it must be told: --lost-after, 5 s, and a grain
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
		tabulate(t, rows)
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

// A batch is a clsh that writes its events into a file.
type batch struct {
	*clshtest.Command
	events string
}

func startBatch(t *testing.T, s *sshtest.Site, args ...string) *batch {
	t.Helper()
	events := filepath.Join(t.TempDir(), "events")
	return &batch{clshtest.Start(t, s, append([]string{"--json", events}, args...)...), events}
}

// outcome returns how a host has ended, as the file says it, or "".
func (b *batch) outcome(host string) string {
	b.T.Helper()
	file, err := os.Open(b.events)
	if err != nil {
		return "" // not yet
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var e struct{ Type, Host, Outcome string }
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Type == "exit" && e.Host == host {
			return e.Outcome
		}
	}
	return ""
}

// A watch tells when it was told that a host is lost, or is never sent to.
type watch struct {
	host  string
	began time.Time
	told  chan time.Time
}

// watchFor begins to wait for what clsh says of a lost host, or one that refuses. It is called before
// the host is lost, and the time counts from then on.
func watchFor(c *clshtest.Command, o *clshtest.Output, host string) *watch {
	w := &watch{host, time.Now(), make(chan time.Time, 1)}
	// On a terminal, what moves the cursor and colours may be around it.
	line := regexp.MustCompile(`(?m)(?:^|\r|\x1b\[[0-9;]*[a-zA-Z])ERROR: ` + host + ` (connection lost|unreachable)(?:\x1b\[0?m)?\r?$`)
	go func() {
		for {
			text, grew := o.Now()
			if line.MatchString(text) {
				w.told <- time.Now()
				return
			}
			select {
			case <-grew:
			case <-c.T.Context().Done():
				return
			}
		}
	}()
	return w
}

// after returns the time until it was told.
func (w *watch) after(t *testing.T) time.Duration {
	t.Helper()
	limit := time.NewTimer(sshtest.Limit)
	defer limit.Stop()
	select {
	case at := <-w.told:
		return at.Sub(w.began)
	case <-limit.C:
		t.Fatalf("%s is not told as lost within %v", w.host, sshtest.Limit)
		return 0
	}
}

// watch watches for the host's loss.
func (b *batch) watch(host string) *watch { return watchFor(b.Command, b.Errs, host) }

func watchPrompt(p *clshtest.Typist, host string) *watch { return watchFor(p.Command, p.Out, host) }

// lost waits for the end of a clsh that has lost a host, and returns after what
// time that was told.
func (b *batch) lost(w *watch) time.Duration {
	b.T.Helper()
	after := w.after(b.T)
	b.Want(255)
	return after
}

// lostAtPrompt does the same for the interactive mode, which a lost host ends; one that
// refuses is set aside.
func lostAtPrompt(p *clshtest.Typist, w *watch) time.Duration {
	p.T.Helper()
	after := w.after(p.T)
	if strings.Contains(p.Out.String(), "ERROR: "+w.host+" unreachable") {
		p.Leaves(0)
		return after
	}
	if code := p.Wait(); code != 255 {
		p.T.Errorf("exit status %d, want 255", code)
	}
	return after
}

// drag is the longest that a process took to start and end so far, a measure of
// what else this machine has to do. A run of clsh and a login are some 20 of them.
var drag atomic.Int64

// measureDrag measures until stop is called.
func measureDrag() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			began := time.Now()
			_ = exec.Command("true").Run()
			drag.Store(max(drag.Load(), int64(time.Since(began))))
			select {
			case <-tick.C:
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// within fails the test where something was told later than it must be.
func within(t *testing.T, limit time.Duration, list ...time.Duration) {
	t.Helper()
	limit += 20 * time.Duration(drag.Load())
	for _, after := range list {
		if after > limit {
			t.Errorf("told after %v, later than %v", after, limit)
		}
	}
}

// back checks that a host serves again.
func back(t *testing.T, s *sshtest.Site, h *cluster.Host) {
	t.Helper()
	clshtest.Start(t, s, "-t", "60", "-h", h.Name, "echo back").Want(0, h.Name+": back")
}

// gone waits until nothing with the mark is left on the host.
func gone(t *testing.T, h *cluster.Host, marks ...string) {
	t.Helper()
	for _, mark := range marks {
		sshtest.WaitFor(t, "nothing left on "+h.Name, func() bool { return h.Left(mark) == 0 })
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

// reboot ends all that runs on the host; its kernel closes the connections.
func reboot(t *testing.T, g *cluster.Ground) row {
	t.Helper()
	return rebooted(t, g, func(*cluster.Host) {})
}

// powerCut does so behind a cut cable: the host comes back and does not know
// of any connection.
func powerCut(t *testing.T, g *cluster.Ground) row {
	t.Helper()
	return rebooted(t, g, func(h *cluster.Host) { h.Cut(cluster.Drop) })
}

func rebooted(t *testing.T, g *cluster.Ground, before func(*cluster.Host)) row {
	t.Helper()
	s, mark := sshtest.New(t), sshtest.Mark()
	h := g.Host(t, s, "cut")
	b := startBatch(t, s, "-t", "60", "-h", h.Name, "echo up; MARK="+mark+" sleep 300")
	b.WaitFor(b.Out, `: up$`, 1)
	p := clshtest.Interactive(t, s, "--keep-going", "-t", "60", "-h", h.Name)
	p.Types("echo up; MARK=" + mark + " sleep 300\r")
	p.Sees(`: up\r?$`, 1)
	batchWatch, promptWatch := b.watch(h.Name), watchPrompt(p, h.Name)
	before(h)
	h.Kill()
	h.Boot()
	r := row{batch: b.lost(batchWatch), prompt: promptWatch.after(t), outcome: b.outcome(h.Name)}
	within(t, soon, r.batch, r.prompt)
	p.Types(":reconnect\r")
	p.Types("echo back\r")
	p.Sees(`^`+h.Name+`: back\r?$`, 1)
	p.Leaves(0)
	back(t, s, h)
	r.left = left(h, mark)
	return r
}

// bastion reaches 64 names on four hosts through a fifth, whose sshd turns
// away connections as Debian's does. The time is that of the last one. Twice 64
// logins share the processors of this machine; hence the patience.
func bastion(t *testing.T, g *cluster.Ground) row {
	t.Helper()
	s := sshtest.New(t)
	const n = 64
	door := g.Host(t, s, "bastion", "MaxStartups 10:30:100", "LogLevel VERBOSE")
	var hosts []*cluster.Host
	for i := range 4 {
		hosts = append(hosts, g.Host(t, s, fmt.Sprintf("inner%d", i), "MaxStartups 1000"))
	}
	var want []string
	for i := range n {
		name := fmt.Sprintf("n%d", i)
		s.Host(name, "HostName "+hosts[i%len(hosts)].Addr, "Port 22", "User root",
			"ProxyJump "+door.Name, "HostKeyAlias "+name)
		want = append(want, name+": in")
	}
	began := time.Now()
	b := startBatch(t, s, "--keep-going", "-t", "30", "-h", fmt.Sprintf("n[0-%d]", n-1), "echo in")
	b.Want(0, want...)
	r := row{batch: time.Since(began), outcome: b.outcome("n0"), left: "nothing"}
	began = time.Now()
	p := clshtest.Interactive(t, s, "--keep-going", "-t", "30", "-h", fmt.Sprintf("n[0-%d]", n-1))
	p.Does("echo in")
	r.prompt = time.Since(began)
	p.Sees(`^n\d+: in\r?$`, n)
	p.Leaves(0)
	t.Logf("all are through after %v, at a prompt after %v; the bastion turned away %d", r.batch, r.prompt,
		strings.Count(door.Log(), "past MaxStartups"))
	return r
}

// diskFull: clsh needs no room there, and a command that does says so itself.
func diskFull(t *testing.T, g *cluster.Ground) row {
	t.Helper()
	s := sshtest.New(t)
	h := g.Host(t, s, "full")
	h.Fill()
	b := startBatch(t, s, "-t", "60", "-h", h.Name, "echo up; echo more >/tmp/more || exit 3")
	b.Want(3, h.Name+": up")
	b.WantError(h.Name + ": .*[Nn]o space left")
	r := row{outcome: b.outcome(h.Name), left: "nothing"}
	p := clshtest.Interactive(t, s, "-t", "60", "-h", h.Name)
	p.Does("echo up; echo more >/tmp/more")
	p.Sees(`^`+h.Name+`: up\r?$`, 1)
	p.Sees(`[Nn]o space left`, 1)
	p.Leaves(0)
	return r
}

// slowLogin: nobody is lost who answers in 10 s.
func slowLogin(t *testing.T, g *cluster.Ground) row {
	t.Helper()
	s := sshtest.New(t)
	h := g.Host(t, s, "slow", `ForceCommand sleep 10; exec sh -c "$SSH_ORIGINAL_COMMAND"`)
	began := time.Now()
	b := startBatch(t, s, "-t", "60", "-h", h.Name, "echo in")
	p := clshtest.Interactive(t, s, "-t", "60", "-h", h.Name)
	p.Does("echo in")
	p.Sees(`^`+h.Name+`: in\r?$`, 1)
	r := row{prompt: time.Since(began), left: "nothing"}
	p.Leaves(0)
	b.Want(0, h.Name+": in")
	r.batch, r.outcome = time.Since(began), b.outcome(h.Name)
	return r
}

func changedKey(t *testing.T, g *cluster.Ground) row {
	t.Helper()
	s := sshtest.New(t)
	h := g.Host(t, s, "changed")
	s.ChangedKey(h.Name)
	return letsNobodyIn(t, s, h, `  .*REMOTE HOST IDENTIFICATION HAS CHANGED`)
}

func password(t *testing.T, g *cluster.Ground) row {
	t.Helper()
	s := sshtest.New(t)
	h := g.Host(t, s, "closed", "PubkeyAuthentication no", "PasswordAuthentication yes")
	return letsNobodyIn(t, s, h, `  root@\S+: Permission denied \(password\)\.\s+hint: load the key`)
}

// letsNobodyIn is for a host that lets nobody in, and why.
func letsNobodyIn(t *testing.T, s *sshtest.Site, h *cluster.Host, why string) row {
	t.Helper()
	b := startBatch(t, s, "-h", h.Name, "echo in")
	r := row{batch: b.lost(b.watch(h.Name)), outcome: b.outcome(h.Name), left: "nothing"}
	b.WantError(why)
	p := clshtest.Interactive(t, s, "-h", h.Name)
	w := watchPrompt(p, h.Name)
	p.Types("echo in\r")
	r.prompt = lostAtPrompt(p, w)
	p.Sees("^"+why, 1)
	within(t, 5*time.Second, r.batch, r.prompt)
	return r
}
