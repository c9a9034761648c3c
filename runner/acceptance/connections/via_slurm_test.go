package connections

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// TestViaSlurm is the matrix of endings where Slurm starts the command: its daemon, no descendant of
// the client's. They run for this test, with one node, which is this machine.
func TestViaSlurm(t *testing.T) {
	if !sshtest.Full() || os.Geteuid() != 0 { // slurmd is root's
		return
	}
	for _, program := range []string{"munged", "slurmctld", "slurmd", "srun", "sinfo"} {
		if sshtest.Program(program) == "" {
			t.Logf("not tried, since %s is not installed; the stand-in for kubectl has run", program)
			return
		}
	}
	conf := slurm(t)
	for _, kind := range viaKinds() {
		for _, end := range append(clshtest.Endings(), clshtest.Ending{Name: "limit", Sig: 0, Code: 124}) {
			t.Run(kind.name+"/"+end.Name, func(t *testing.T) {
				p := place{via: "srun", hosts: []string{"clshnode"}, environ: []string{"SLURM_CONF=" + conf}}
				leaveNothingVia(t, sshtest.New(t), &p, end, kind)
			})
		}
	}
	t.Run("interactive", func(t *testing.T) {
		p := place{via: "srun", hosts: []string{"clshnode"}, environ: []string{"SLURM_CONF=" + conf}}
		interactiveVia(t, sshtest.New(t), &p)
	})
}

// slurm starts a cluster of one node, clshnode, and returns the path of its configuration.
func slurm(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for parent := dir; parent != "/"; parent = filepath.Dir(parent) {
		if parent == os.TempDir() {
			break
		}
		if err := os.Chmod(parent, 0o755); err != nil { // munged looks at the way to its socket
			t.Fatal(err)
		}
	}
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "slurm.conf")
	for path, text := range map[string]string{
		filepath.Join(dir, "munge.key"): strings.Repeat("a key for a test", 64),
		conf: fmt.Sprintf(`ClusterName=clshtest
SlurmctldHost=%[1]s(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=%[2]s/munge.socket
StateSaveLocation=%[2]s
SlurmdSpoolDir=%[2]s
SlurmctldPidFile=%[2]s/slurmctld.pid
SlurmdPidFile=%[2]s/slurmd.pid
SlurmctldLogFile=%[2]s/slurmctld.log
SlurmdLogFile=%[2]s/slurmd.log
SlurmctldPort=%[3]d
SlurmdPort=%[4]d
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
NodeName=clshnode NodeAddr=127.0.0.1 NodeHostname=%[1]s CPUs=1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES OverSubscribe=FORCE:8 State=UP
`, name, dir, freePort(t), freePort(t)),
	} {
		if err := os.WriteFile(path, []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	daemon(t, conf, "munged", "--foreground", "--force", "--key-file="+dir+"/munge.key", "--socket="+dir+"/munge.socket",
		"--pid-file="+dir+"/munged.pid", "--log-file="+dir+"/munged.log", "--seed-file="+dir+"/munged.seed")
	sshtest.WaitFor(t, "munged answers", func() bool {
		_, err := os.Stat(dir + "/munge.socket")
		return err == nil
	})
	daemon(t, conf, "slurmctld", "-D", "-f", conf, "-c")
	daemon(t, conf, "slurmd", "-D", "-f", conf, "-N", "clshnode")
	sshtest.WaitFor(t, "the node is idle", func() bool {
		cmd := exec.Command("sinfo", "--noheader", "--format=%t")
		cmd.Env = append(os.Environ(), "SLURM_CONF="+conf)
		out, err := cmd.Output()
		return err == nil && strings.TrimSpace(string(out)) == "idle"
	})
	return conf
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

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
