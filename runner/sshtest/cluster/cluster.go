//go:build linux

package cluster

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"clsh/runner/sshtest"
)

//go:embed boot.sh
var bootScript string

// Ground is where hosts are made.
type Ground struct {
	ground ground

	mu   sync.Mutex
	made int
}

// ground is what network namespaces and containers do differently.
type ground interface {
	// boot starts the host, for the first time or again, with a new network.
	boot(h *Host) error
	// halt ends all that runs there, at once and without a last word.
	halt(h *Host) error
	// command returns a command that will run there as root.
	command(h *Host, words ...string) *exec.Cmd
	// address returns the nth address, from 0.
	address(n int) string
	// log returns what the host's sshd has said.
	log(h *Host) string
	// close takes away what belongs to no host.
	close() error
}

// Host is a host of a Ground.
type Host struct {
	// Name is its name in the Site's ssh_config, Addr its address.
	Name, Addr string

	t      testing.TB
	ground ground
	number int
	site   *sshtest.Site
	keys   []string // environment of boot.sh
	config string
	init   *exec.Cmd // of netns
}

// Host makes a host that ends with the test, and makes it known to the Site.
// lines stand before the rest of its sshd_config, where they win.
func (g *Ground) Host(t testing.TB, site *sshtest.Site, name string, lines ...string) *Host {
	t.Helper()
	g.mu.Lock()
	number := g.made
	g.made++
	g.mu.Unlock()
	h := &Host{
		Name: name, Addr: g.ground.address(number),
		t: t, ground: g.ground, number: number, site: site,
		config: sshdConfig(site.Mark, lines),
	}
	for variable, file := range map[string]string{"HOST_KEY": "host_key", "CLIENT_KEY": "client_key.pub"} {
		key, err := os.ReadFile(filepath.Join(site.Dir, file))
		if err != nil {
			t.Fatalf("read a key of the site: %v", err)
		}
		h.keys = append(h.keys, variable+"="+strings.TrimSpace(string(key)))
	}
	t.Cleanup(func() {
		if t.Failed() {
			lines := strings.SplitAfter(h.Log(), "\n")
			t.Logf("the end of what sshd of %s said:\n%s", h.Name, strings.Join(lines[max(0, len(lines)-30):], ""))
		}
		h.Kill()
	})
	h.Boot()
	site.Host(name, "HostName "+h.Addr, "Port 22", "User root", "ProxyCommand none", "HostKeyAlias "+name)
	return h
}

// sshdConfig is Debian's but for what makes it run anywhere, and without the
// post-quantum key exchange, which is most of a login's time. Whoever has the
// mark in its environment was started by a login.
func sshdConfig(mark string, lines []string) string {
	return strings.Join(append(lines,
		"HostKey /run/cluster/host_key",
		"AuthorizedKeysFile /run/cluster/authorized_keys",
		"PidFile none",
		"UsePAM no",
		"StrictModes no",
		"KbdInteractiveAuthentication no",
		"PermitRootLogin yes",
		"UseDNS no",
		"KexAlgorithms curve25519-sha256",
		"SetEnv HOME=/root SSHTEST_SITE="+mark,
	), "\n")
}

// Boot starts a host that was killed, and waits until its sshd answers.
func (h *Host) Boot() {
	h.t.Helper()
	if err := h.ground.boot(h); err != nil {
		h.t.Fatalf("start %s: %v", h.Name, err)
	}
	h.await()
}

// await waits until the host's sshd answers.
func (h *Host) await() {
	h.t.Helper()
	var err error
	defer func() {
		if h.t.Failed() {
			h.t.Logf("%s: %v", h.Name, err)
		}
	}()
	sshtest.WaitFor(h.t, h.Name+" answers", func() bool {
		err = sshtest.Banner(h.Addr + ":22")
		return err == nil
	})
}

// Kill ends all that runs on the host, at once: its connections are closed by
// its kernel, unless the cable was cut before, as when power fails.
func (h *Host) Kill() {
	h.t.Helper()
	if err := h.ground.halt(h); err != nil {
		h.t.Fatalf("kill %s: %v", h.Name, err)
	}
}

// Run runs a line of shell on the host, as root, and returns its output.
func (h *Host) Run(script string) string {
	h.t.Helper()
	cmd := h.ground.command(h, "sh", "-c", script)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("on %s: %s: %v: %s%s", h.Name, script, err, out, errs.String())
	}
	return strings.TrimSpace(string(out))
}

// Fill leaves no room in the directories that are written to.
func (h *Host) Fill() {
	h.t.Helper()
	h.Run("for dir in /root /tmp /var/tmp; do dd if=/dev/zero of=$dir/full bs=64k 2>&- || :; done; ! echo more >/tmp/more")
}

// Left returns how many processes on the host have mark in their environment.
func (h *Host) Left(mark string) int {
	h.t.Helper()
	var n int
	out := h.Run(fmt.Sprintf("cat /proc/[0-9]*/environ 2>&- | tr '\\0' '\\n' | grep -c '=%s$' || :", mark))
	if _, err := fmt.Sscan(out, &n); err != nil {
		h.t.Fatalf("count processes on %s: %q", h.Name, out)
	}
	return n
}

// Log returns what the host's sshd has said.
func (h *Host) Log() string { return h.ground.log(h) }
