package runner

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"clsh/hosts"
	"clsh/runner/event"
	"clsh/runner/sshtest"
)

// No command runs twice: connections are cut after every byte of the dialogue,
// in every direction, by a relay that says each time that the host has turned
// clsh away. What has run is counted where it ran.

// The dialogue is shorter than this, in each direction.
const dialogue = 150

// ranCode is the exit status of every command here: not what is left of it where
// the line that tells it is cut.
const ranCode = 113

// once is a run against the relay.
type once struct {
	cfg       Config
	rec       *recorder
	dir, mark string
}

// newOnce makes a run of command against the relay.
func newOnce(t *testing.T, command string) *once {
	t.Helper()
	sshtest.Need(t, "go", "setsid")
	cfg, rec := config(t, 0, "", command)
	o := &once{cfg: cfg, rec: rec, dir: t.TempDir(), mark: sshtest.Mark()}
	relay := filepath.Join(t.TempDir(), "relay")
	if out, err := exec.Command("go", "build", "-o", relay, "./testdata/relay").CombinedOutput(); err != nil {
		t.Fatalf("build the relay: %v\n%s", err, out)
	}
	o.cfg.SSH.Program = []string{relay}
	o.cfg.Environ = append(o.cfg.Environ, "RELAY_DIR="+o.dir, "MARK="+o.mark)
	o.cfg.Retry, o.cfg.KeepGoing, o.cfg.Fanout, o.cfg.KillAfter = 2, true, 64, 100*time.Millisecond
	return o
}

// cutHost is a host whose first connections, so many of them, are cut after so
// many bytes in a direction.
func cutHost(direction string, after, times, number int) hosts.Host {
	name := fmt.Sprintf("n-%s-%d-%d-%d", direction, after, times, number)
	return hosts.Host{Name: name, Addr: name}
}

// directions are those that the relay cuts.
func directions() []string { return []string{"in", "out", "err"} }

// counted returns how often the command of a host has run, and how often ssh.
func (o *once) counted(name string) (ran, attempts int) {
	text, _ := os.ReadFile(filepath.Join(o.dir, "ran."+name)) // none: it did not
	tries, _ := os.ReadFile(filepath.Join(o.dir, name))
	return bytes.Count(text, []byte("\n")), len(tries)
}

// check compares what is told of the hosts with what has happened there.
func (o *once) check(t *testing.T) {
	t.Helper()
	sshtest.WaitGone(t, o.mark)
	outcomes, total := map[event.Outcome]int{}, 0
	for rank, host := range o.cfg.Hosts {
		r := o.rec.results[rank]
		ran, attempts := o.counted(host.Name)
		outcomes[r.Outcome]++
		total += attempts
		switch {
		case ran > 1:
			t.Errorf("%s: the command has run %d times", host.Name, ran)
		case r.Outcome == event.Exited && ran != 1, r.Outcome == event.Unreachable && ran != 0:
			t.Errorf("%s: the command has run %d times, and is %s: %s", host.Name, ran, r.Outcome, r.Reason)
		case r.Outcome == event.Exited && r.Code != ranCode:
			t.Errorf("%s: status %d, not %d", host.Name, r.Code, ranCode)
		case r.Outcome != event.Exited && r.Outcome != event.Unreachable && r.Outcome != event.Lost:
			t.Errorf("%s: %s", host.Name, r.Outcome)
		case r.Attempts != attempts:
			t.Errorf("%s: %d attempts, told are %d", host.Name, attempts, r.Attempts)
		}
	}
	t.Logf("%d hosts, %d attempts: %v", len(o.cfg.Hosts), total, outcomes)
	for _, want := range []event.Outcome{event.Exited, event.Unreachable, event.Lost} {
		if outcomes[want] == 0 {
			t.Errorf("no host is %s: nothing was cut there", want)
		}
	}
}

func TestNoCommandRunsTwice(t *testing.T) {
	n := 600 // every place, and some again
	if os.Getenv("CLSH_TEST_FULL") != "" {
		n = 10_000
	}
	o := newOnce(t, fmt.Sprintf(`echo ran >>"$RELAY_DIR/ran.$CLSH_HOST"; echo out; echo err >&2; exit %d`, ranCode))
	o.rec.seen = make(chan int, 4*n) // nobody takes from it
	for i := 0; len(o.cfg.Hosts) < n; i++ {
		for _, direction := range directions() {
			// Cut once, of others always or twice.
			o.cfg.Hosts = append(o.cfg.Hosts, cutHost(direction, i%dialogue, []int{1, 9, 2, 1}[i/dialogue%4], i/dialogue))
		}
	}
	run(t, o.cfg)
	o.check(t)
}
