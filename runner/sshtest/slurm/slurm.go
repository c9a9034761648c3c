// Package slurm runs a cluster of Slurm for a test: its daemons, with nodes that are all this machine.
package slurm

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// Start starts a cluster of so many nodes, clshnode1 and so on, and returns the path of its
// configuration, for the environment variable SLURM_CONF. The daemons belong to root and end with the
// test. It starts nothing and reports false without --full, to other users, and where a program is missing.
func Start(t *testing.T, nodes int) (conf string, ok bool) {
	t.Helper()
	if !sshtest.Full() || os.Geteuid() != 0 {
		return "", false
	}
	for _, program := range []string{"munged", "slurmctld", "slurmd", "srun", "sinfo", "scontrol"} {
		if sshtest.Program(program) == "" {
			t.Logf("Slurm is not tried: %s is not installed", program)
			return "", false
		}
	}
	dir := t.TempDir()
	for parent := dir; parent != "/" && parent != os.TempDir(); parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil { // munged checks the path of its socket
			t.Fatal(err)
		}
	}
	conf = filepath.Join(dir, "slurm.conf")
	writeConfiguration(t, dir, conf, nodes)
	daemon(t, conf, "munged", "--foreground", "--force", "--key-file="+dir+"/munge.key", "--socket="+dir+"/munge.socket",
		"--pid-file="+dir+"/munged.pid", "--log-file="+dir+"/munged.log", "--seed-file="+dir+"/munged.seed")
	sshtest.WaitFor(t, "munged answers", func() bool {
		_, err := os.Stat(dir + "/munge.socket")
		return err == nil
	})
	daemon(t, conf, "slurmctld", "-D", "-f", conf, "-c")
	for i := range nodes {
		daemon(t, conf, "slurmd", "-D", "-f", conf, "-N", node(i))
	}
	sshtest.WaitFor(t, "the nodes are idle", func() bool {
		cmd := exec.Command("sinfo", "--noheader", "--Node", "--format=%t")
		cmd.Env = append(os.Environ(), "SLURM_CONF="+conf)
		out, err := cmd.Output()
		return err == nil && strings.Count(string(out), "idle") == nodes
	})
	return conf, true
}

// writeConfiguration writes the configuration of a cluster whose files are in dir, and its key.
func writeConfiguration(t *testing.T, dir, conf string, nodes int) {
	t.Helper()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(dir, "munge.key"): strings.Repeat("a key for a test", 64),
		conf: fmt.Sprintf(`ClusterName=clshtest
SlurmctldHost=%[1]s(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=%[2]s/munge.socket
StateSaveLocation=%[2]s
SlurmdSpoolDir=%[2]s/spool.%%n
SlurmctldPidFile=%[2]s/slurmctld.pid
SlurmdPidFile=%[2]s/slurmd.%%n.pid
SlurmctldLogFile=%[2]s/slurmctld.log
SlurmdLogFile=%[2]s/slurmd.%%n.log
SlurmctldPort=%[3]d
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
%[4]sPartitionName=all Nodes=ALL Default=YES OverSubscribe=FORCE:8 State=UP
`, name, dir, sshtest.FreePort(t), nodeLines(t, name, nodes)),
	} {
		if err := os.WriteFile(path, []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
}

func node(i int) string { return fmt.Sprintf("clshnode%d", 1+i) }

// nodeLines describes the nodes, which differ by their ports.
func nodeLines(t *testing.T, hostname string, nodes int) string {
	t.Helper()
	var lines strings.Builder
	for i := range nodes {
		fmt.Fprintf(&lines, "NodeName=%s NodeAddr=127.0.0.1 NodeHostname=%s Port=%d CPUs=1 State=UNKNOWN\n", node(i), hostname, sshtest.FreePort(t))
	}
	return lines.String()
}

// daemon runs a program until the end of the test.
func daemon(t *testing.T, conf, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, sshtest.Program(program), args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = sshtest.Limit / 2
	cmd.Env = append(os.Environ(), "SLURM_CONF="+conf)
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("%s: %v", program, err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
}
