//go:build cluster && linux

package outages

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
	"clsh/runner/sshtest/cluster"
)

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
