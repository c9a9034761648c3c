package relays

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// counted returns a command that notes that it began on its host, prints "up", and goes on with the
// script. The marks are in the environment of all its processes.
func counted(s *sshtest.Site, mark, script string) string {
	return "echo began >>" + s.Home + "/began-$CLSH_HOST; export MARK=" + mark + "; echo up; " + script
}

// began returns how often the command began on each host, looked up on the hosts.
func began(t *testing.T, s *sshtest.Site) map[string]int {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.Home, "began-*"))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, host, _ := strings.Cut(filepath.Base(path), "-")
		counts[host] = strings.Count(string(text), "\n")
	}
	return counts
}

// wantBegan checks that the command began once on so many hosts, and nowhere twice.
func wantBegan(t *testing.T, s *sshtest.Site, n int) {
	t.Helper()
	counts := began(t, s)
	for host, times := range counts {
		if times != 1 {
			t.Errorf("the command began %d times on %s", times, host)
		}
	}
	if len(counts) != n {
		t.Errorf("the command began on %d hosts, want %d: %v", len(counts), n, counts)
	}
}

// A signal to the root ends the commands on every host, as without relays; nothing is left on hosts,
// relays and here.
func TestSignalsReachHostsBehindRelays(t *testing.T) {
	t.Parallel()
	for i, end := range clshtest.Endings() {
		if !sshtest.Full() && i%2 == 1 {
			continue // QUIT takes INT's way, and TestRelayStops has TERM
		}
		t.Run(end.Name, func(t *testing.T) {
			t.Parallel()
			s := withRelays(t)
			mark := sshtest.Mark()
			args := overRelays("--kill-after", "1", "-h", "n[1-4]", counted(s, mark, "sleep 300 & sleep 301 & wait"))
			c := clshtest.Start(t, s, args...)
			c.WaitFor(c.Out, `^n\d: up$`, 4)
			c.Signal(end.Sig)
			if end.Name == "TERM twice" {
				c.SignalUntilEnd(end.Sig)
			}
			if code := c.Wait(); code != end.Code {
				t.Errorf("exit status %d, want %d", code, end.Code)
			}
			s.WaitGone(mark)
			wantBegan(t, s, 4)
			switch end.Name {
			case "TERM twice":
				c.WantError(`stopped, end not confirmed: n\[1-4\]`)
			case "KILL":
			default:
				c.WantError(`stopped: n\[1-4\]`)
				c.WantNoError(`not confirmed`, `lost`)
			}
		})
	}
}

// A single SIGTERM lets what runs finish, and starts nothing further.
func TestTermFinishesBehindRelays(t *testing.T) {
	t.Parallel()
	s := withRelays(t)
	release := filepath.Join(s.Home, "release")
	args := overRelays("-f", "2", "--max-fail", "9", "-h", "n[1-8]", counted(s, sshtest.Mark(), "while ! test -e "+release+"; do sleep 0.1; done; echo done"))
	c := clshtest.Start(t, s, args...)
	c.WaitFor(c.Out, `: up$`, 4)
	c.Signal(syscall.SIGTERM)
	c.Answered()
	clshtest.Touch(t, release)
	c.Want(143)
	c.WantError(`ok: n`, `not started: n.* \(4\)`)
	c.WantNoError(`lost`)
	wantBegan(t, s, 4)
	s.WaitGone()
}

// signalRelay sends a signal to the clsh that is relay r1.
func signalRelay(t *testing.T, s *sshtest.Site, sig syscall.Signal) {
	t.Helper()
	sent := 0
	for _, p := range sshtest.Marked(t, "RELAY=r1"+s.Mark) {
		if strings.HasPrefix(p.Command, "clsh ") && strings.Contains(p.Command, "--serve-relay") {
			sent++
			if err := syscall.Kill(p.PID, sig); err != nil {
				t.Fatal(err)
			}
		}
	}
	if sent == 0 {
		t.Fatal("there is no relay r1")
	}
}

// ends are ways in which a relay ends while its hosts run.
func ends() map[string]func(t *testing.T, s *sshtest.Site) {
	signal := func(sig syscall.Signal) func(t *testing.T, s *sshtest.Site) {
		return func(t *testing.T, s *sshtest.Site) { t.Helper(); signalRelay(t, s, sig) }
	}
	return map[string]func(t *testing.T, s *sshtest.Site){
		"clsh killed": signal(syscall.SIGKILL),
		"clsh TERM":   signal(syscall.SIGTERM),
		"sshd killed": func(_ *testing.T, s *sshtest.Site) { s.Kill("r1") },
	}
}

// A relay ends: what it was granted is lost, exactly that, and ended there; the rest runs elsewhere.
func TestRelayIsLost(t *testing.T) {
	t.Parallel()
	for name, end := range ends() {
		if !sshtest.Full() && name == "clsh TERM" {
			continue // TestRelayStops has it
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withRelays(t)
			mark, release := sshtest.Mark(), filepath.Join(s.Home, "release")
			script := "while ! test -e " + release + "; do sleep 0.1; done; echo done"
			c := clshtest.Start(t, s, overRelays("--keep-going", "--kill-after", "1", "-f", "2", "-h", "n[1-8]", counted(s, mark, script))...)
			c.WaitFor(c.Out, `: up$`, 4)
			end(t, s)
			c.WaitFor(c.Errs, `^ERROR: n\d connection lost\n  relay r1: `, 2)
			sshtest.WaitFor(t, "2 commands have ended", func() bool {
				hosts := map[string]bool{}
				for _, p := range sshtest.Marked(t, mark) {
					_, host, _ := strings.Cut(p.Environ, "CLSH_HOST=")
					host, _, _ = strings.Cut(host, "\x00")
					if host != "" {
						hosts[host] = true
					}
				}
				return len(hosts) == 2
			})
			clshtest.Touch(t, release)
			c.Want(255)
			c.WantError(`ok: n.* \(6\)`, `lost: n.* \(2\)`, `Note: relay r1 is lost: `)
			s.WaitGone(mark)
			wantBegan(t, s, 8)
		})
	}
}

// A relay that falls silent is lost; when it goes on, it finds that its root has gone.
func TestSilentRelay(t *testing.T) {
	t.Parallel()
	s := withRelays(t)
	mark := sshtest.Mark()
	c := clshtest.Start(t, s, overRelays("--kill-after", "1", "-h", "n[1-4]", counted(s, mark, "sleep 300"))...)
	c.WaitFor(c.Out, `: up$`, 4)
	signalRelay(t, s, syscall.SIGSTOP)
	c.Want(255)
	c.WantError(`lost: n.* \(2\)`, `  relay r1: nothing was heard from it for 10s`)
	signalRelay(t, s, syscall.SIGCONT)
	s.WaitGone(mark)
	wantBegan(t, s, 4)
}

// --relay-via reaches relays by another client than ssh, whose end does not end what it started.
func TestRelayVia(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	mark := sshtest.Mark()
	args := []string{"--relay", "a,b", "--relay-via", "local", "--kill-after", "1", "-h", "n[1-4]"}
	c := clshtest.Start(t, s, append(args, "echo $CLSH_HOST is $CLSH_RANK")...)
	c.Want(0, "n1: n1 is 0", "n2: n2 is 1", "n3: n3 is 2", "n4: n4 is 3")
	s.WaitGone()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		if !sshtest.Full() && sig == syscall.SIGINT {
			continue
		}
		c = clshtest.Start(t, s, append(args, "export MARK="+mark+"; echo up; sleep 300")...)
		c.WaitFor(c.Out, `: up$`, 4)
		c.Signal(sig)
		c.Want(128 + int(sig))
		s.WaitGone(mark)
	}
}

// The root is killed before a relay could say that it had started: the record does not take the hosts
// for such that were not.
func TestRecordOfKilledRoot(t *testing.T) {
	t.Parallel()
	s := withRelays(t)
	runs(t, s, "r1", `printf '\036clsh-relay 2 x\n'; read -r job; read -r grant; touch `+s.Home+`/granted; read -r ping; read -r ping`)
	c := clshtest.Start(t, s, "--relay", "r1", "--max-fail", "9", "-f", "2", "-h", "n[1-4]", "true")
	sshtest.WaitFor(t, "a grant", func() bool { _, err := os.Stat(s.Home + "/granted"); return err == nil })
	c.Signal(syscall.SIGKILL)
	c.Want(137)
	s.WaitGone()
	for set, want := range map[string]string{"unfinished": "n[1-2]", "not_started": "n[3-4]"} {
		list := clshtest.Cmd(t, s, "--rerun", set+"@"+runID(t, s), "--fold")
		if out, err := list.Output(); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s: %q (%v), want %q", set, out, err, want)
		}
	}
}

// runID returns the path of the only record.
func runID(t *testing.T, s *sshtest.Site) string {
	t.Helper()
	paths, err := filepath.Glob(s.State() + "/clsh/runs/*.jsonl")
	if err != nil || len(paths) != 1 {
		t.Fatalf("the records: %q (%v)", paths, err)
	}
	return paths[0]
}

// Without --keep-going a lost relay stops the run, as a lost host does.
func TestLostRelayStopsTheRun(t *testing.T) {
	t.Parallel()
	s := withRelays(t)
	mark := sshtest.Mark()
	c := clshtest.Start(t, s, overRelays("--kill-after", "1", "-h", "n[1-4]", counted(s, mark, "sleep 300"))...)
	c.WaitFor(c.Out, `: up$`, 4)
	s.Kill("r1")
	c.Want(255)
	c.WantError(`lost: n.* \(2\)`, `stopped: n.* \(2\)`)
	s.WaitGone(mark)
	wantBegan(t, s, 4)
}
