package relays

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
	"clsh/runner/sshtest/slurm"
)

// TestRelaysInSlurm reaches eight relays by srun: a run to its end, ^C, and a node that is set down in
// the middle, whose hosts are lost and stopped, while the others go on.
func TestRelaysInSlurm(t *testing.T) {
	conf, ok := slurm.Start(t, 8)
	if !ok {
		return
	}
	environ := append(os.Environ(), "SLURM_CONF="+conf)
	run := func(t *testing.T, s *sshtest.Site, args ...string) *clshtest.Command {
		t.Helper()
		cmd := clshtest.Cmd(t, s, append([]string{"--relay", "clshnode[1-8]", "--relay-via", "srun", "--keep-going", "-f", "2", "--kill-after", "1"}, args...)...)
		cmd.Env = append(cmd.Env, environ[len(environ)-1])
		return clshtest.StartCmd(t, cmd)
	}

	t.Run("to the end", func(t *testing.T) {
		s := sshtest.New(t)
		c := run(t, s, "-b", "-h", "n[1-24]", counted(s, sshtest.Mark(), "exit 3"))
		c.Want(3, "---------------", "n[1-24] (24)", "---------------", "up")
		wantBegan(t, s, 24)
		s.WaitGone()
	})
	t.Run("INT", func(t *testing.T) {
		s, mark := sshtest.New(t), sshtest.Mark()
		c := run(t, s, "-h", "n[1-16]", counted(s, mark, "sleep 300 & sleep 301 & wait"))
		c.WaitFor(c.Out, `^n\d+: up$`, 16)
		if nodes := relayNodes(t, s); len(nodes) != 8 {
			t.Errorf("relays run on %v", nodes)
		}
		c.Signal(syscall.SIGINT)
		if code := c.Wait(); code != 130 {
			t.Errorf("exit status %d, want 130", code)
		}
		c.WantError(`stopped: n\[1-16\]`)
		c.WantNoError(`not confirmed`, `lost`)
		wantBegan(t, s, 16)
		s.WaitGone(mark)
	})
	t.Run("a node is set down", func(t *testing.T) {
		s, mark := sshtest.New(t), sshtest.Mark()
		released := s.Home + "/released"
		c := run(t, s, "-h", "n[1-16]", counted(s, mark, "sh -c 'until test -e "+released+"; do sleep 0.1; done'"))
		c.WaitFor(c.Out, `^n\d+: up$`, 16)
		cmd := exec.Command("scontrol", "update", "nodename=clshnode3", "state=down", "reason=test")
		cmd.Env = environ
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", cmd, err, out)
		}
		c.WaitFor(c.Errs, "^Note: relay clshnode3 is lost: ", 1)
		sshtest.WaitFor(t, "its commands are stopped", func() bool {
			shells := slices.DeleteFunc(sshtest.Marked(t, mark), func(p sshtest.Process) bool { return p.Name != "sh" })
			return len(shells) == 14
		})
		if err := os.WriteFile(released, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if code := c.Wait(); code != 255 {
			t.Errorf("exit status %d, want 255", code)
		}
		if n := strings.Count(c.Errs.String(), "connection lost"); n != 2 {
			t.Errorf("%d hosts are lost, want 2", n)
		}
		wantBegan(t, s, 16)
		s.WaitGone(mark)
	})
}

// relayNodes returns the nodes on which relays of the site run.
func relayNodes(t *testing.T, s *sshtest.Site) []string {
	t.Helper()
	var nodes []string
	for _, p := range sshtest.Marked(t, s.Mark) {
		environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.PID))
		if err != nil {
			continue // it has ended
		}
		for v := range strings.SplitSeq(string(environ), "\x00") {
			if name, is := strings.CutPrefix(v, "SLURMD_NODENAME="); is && p.Name == "clsh" {
				nodes = append(nodes, name)
			}
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}
