//go:build cluster && linux

package outages

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
	"clsh/runner/sshtest/cluster"
)

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

// A watch knows when clsh reported that a host is lost, or is never sent to.
type watch struct {
	host  string
	began time.Time
	lost  chan time.Time
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
				w.lost <- time.Now()
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

// after returns the time until the report.
func (w *watch) after(t *testing.T) time.Duration {
	t.Helper()
	limit := time.NewTimer(sshtest.Limit)
	defer limit.Stop()
	select {
	case at := <-w.lost:
		return at.Sub(w.began)
	case <-limit.C:
		t.Fatalf("%s is not reported as lost within %v", w.host, sshtest.Limit)
		return 0
	}
}

// watch watches for the host's loss.
func (b *batch) watch(host string) *watch { return watchFor(b.Command, b.Errs, host) }

func watchPrompt(p *clshtest.Typist, host string) *watch { return watchFor(p.Command, p.Out, host) }

// lost waits for the end of a clsh that has lost a host, and returns after what
// time of the report.
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

// within fails the test where clsh reported something later than it must.
func within(t *testing.T, limit time.Duration, list ...time.Duration) {
	t.Helper()
	limit += 20 * time.Duration(drag.Load())
	for _, after := range list {
		if after > limit {
			t.Errorf("reported after %v, later than %v", after, limit)
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
