//go:build cluster && linux

package outages

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/cluster"
)

// A tier is two relays, and four hosts behind them.
type tier struct {
	*testing.T
	*sshtest.Site
	relays, leaves []*cluster.Host
}

// shared is a directory that all hosts see.
const shared = "/mnt"

// newTier makes one. clsh is on the PATH of the relays.
func newTier(t *testing.T, ground *cluster.Ground) *tier {
	t.Helper()
	f := &tier{T: t, Site: sshtest.New(t)}
	for _, name := range []string{"r1", "r2"} {
		h := ground.Host(t, f.Site, name, append(alive(), "SetEnv PATH="+shared+":/usr/sbin:/usr/bin:/sbin:/bin")...)
		f.relays = append(f.relays, h)
	}
	for _, name := range []string{"n1", "n2", "n3", "n4"} {
		f.leaves = append(f.leaves, ground.Host(t, f.Site, name, alive()...))
	}
	site := filepath.Join(shared, filepath.Base(f.Dir))
	if out, err := exec.Command("cp", "-r", f.Dir, site).CombinedOutput(); err != nil {
		t.Fatalf("copy the site: %v: %s", err, out)
	}
	for _, h := range f.relays {
		h.Run("mkdir -p " + filepath.Dir(f.Dir) + " && cp -r " + site + " " + f.Dir)
	}
	return f
}

// run starts a command on the hosts behind the relays. It notes on each how often it has begun, and
// goes on until the host is released.
func (f *tier) run(mark string) *batch {
	return startBatch(f.T, f.Site, "--keep-going", "-f", "2", "--relay", "r[1-2]", "-h", "n[1-4]",
		"echo began >>/root/began; echo up by ${SSH_CONNECTION%% *}; MARK="+mark+" sh -c 'until test -e /tmp/go; do sleep 0.1; done'")
}

// of returns the hosts that a relay runs.
func (f *tier) of(b *batch, relay *cluster.Host) (names []string) {
	for line := range strings.Lines(b.Out.String()) {
		name, by, _ := strings.Cut(strings.TrimSpace(line), ": up by ")
		if by == relay.Addr {
			names = append(names, name)
		}
	}
	return names
}

// release ends the commands on hosts.
func (f *tier) release(names ...string) {
	for _, h := range f.leaves {
		if slices.Contains(names, h.Name) {
			h.Run("touch /tmp/go")
		}
	}
}

// check checks how the hosts have ended, and that the command began once on each and is left on none.
func (f *tier) check(b *batch, mark string, want map[string]string) {
	f.Helper()
	for _, h := range f.leaves {
		if got := b.outcome(h.Name); got != want[h.Name] {
			f.Errorf("%s is %q, want %q", h.Name, got, want[h.Name])
		}
		if n := h.Run("grep -c began /root/began || :"); n != "1" {
			f.Errorf("the command began %s times on %s", n, h.Name)
		}
		gone(f.T, h, mark)
	}
}

// The cable of a relay is cut before, during and after its work: what it had is lost and stopped, the
// rest is run by the other, and no command runs twice.
func TestRelayCables(t *testing.T) {
	ground := cluster.Open(t, "netns", "")
	clsh, err := exec.LookPath("clsh")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", shared, "tmpfs", 0, "size=200m"); err != nil {
		t.Fatalf("mount %s: %v", shared, err)
	}
	text, err := os.ReadFile(clsh)
	if err == nil {
		err = os.WriteFile(filepath.Join(shared, "clsh"), text, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []cluster.Cut{cluster.Down, cluster.Drop, cluster.Reset} {
		t.Run(string(how)+" before", func(t *testing.T) { cutRelayBefore(newTier(t, ground), how) })
		t.Run(string(how)+" during", func(t *testing.T) { cutRelayDuring(newTier(t, ground), how) })
		t.Run(string(how)+" after", func(t *testing.T) { cutRelayAfter(newTier(t, ground), how) })
	}
}

func cutRelayBefore(f *tier, how cluster.Cut) {
	f.Parallel()
	f.relays[1].Cut(how)
	mark := sshtest.Mark()
	f.release("n1", "n2", "n3", "n4")
	b := f.run(mark)
	if code := b.Wait(); code != 0 {
		f.Errorf("exit status %d, want 0:\n%s", code, b.Errs.String())
	}
	if got := f.of(b, f.relays[0]); len(got) != 4 {
		f.Errorf("r1 ran %v", got)
	}
	f.check(b, mark, map[string]string{"n1": "exited", "n2": "exited", "n3": "exited", "n4": "exited"})
}

func cutRelayDuring(f *tier, how cluster.Cut) {
	f.Parallel()
	mark := sshtest.Mark()
	b := f.run(mark)
	b.WaitFor(b.Out, `: up by `, 4)
	kept, cut := f.of(b, f.relays[0]), f.of(b, f.relays[1])
	if len(kept) != 2 || len(cut) != 2 {
		f.Fatalf("r1 runs %v, r2 runs %v", kept, cut)
	}
	f.relays[1].Cut(how)
	b.WaitFor(b.Errs, `Note: relay r2 is lost: `, 1)
	for _, h := range f.leaves { // the relay's sshd notices that nobody is there
		if slices.Contains(cut, h.Name) {
			gone(f.T, h, mark)
		}
	}
	f.release(kept...)
	if code := b.Wait(); code != 255 {
		f.Errorf("exit status %d, want 255:\n%s", code, b.Errs.String())
	}
	want := map[string]string{kept[0]: "exited", kept[1]: "exited", cut[0]: "lost", cut[1]: "lost"}
	f.check(b, mark, want)
}

func cutRelayAfter(f *tier, how cluster.Cut) {
	f.Parallel()
	mark := sshtest.Mark()
	b := f.run(mark)
	b.WaitFor(b.Out, `: up by `, 4)
	kept, done := f.of(b, f.relays[0]), f.of(b, f.relays[1])
	f.release(done...)
	sshtest.WaitFor(f.T, "the relay's hosts have ended", func() bool {
		return !slices.ContainsFunc(done, func(name string) bool { return b.outcome(name) == "" })
	})
	f.relays[1].Cut(how)
	b.WaitFor(b.Errs, `Note: relay r2 is lost: `, 1)
	f.release(kept...)
	if code := b.Wait(); code != 0 {
		f.Errorf("exit status %d, want 0:\n%s", code, b.Errs.String())
	}
	f.check(b, mark, map[string]string{"n1": "exited", "n2": "exited", "n3": "exited", "n4": "exited"})
}
