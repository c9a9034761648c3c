package connections

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A place is where commands run that are not reached by ssh.
type place struct {
	via     string
	hosts   []string
	environ []string // of clsh, besides
}

// places returns functions that make them, by name: real ones, with --full those of engines, too,
// and one that behaves like a client whose agent does not descend from it.
func places(t *testing.T, s *sshtest.Site) map[string]func() place {
	t.Helper()
	all := map[string]func() place{
		"local": func() place { return place{via: "local", hosts: []string{"a", "b"}} },
		"kubectl": func() place {
			return place{via: "kubectl", hosts: []string{"pod1", "pod2"}, environ: []string{"PATH=" + s.Pods() + ":" + os.Getenv("PATH")}}
		},
	}
	if namespaces(t) {
		all["nsenter"] = func() place { return place{via: "nsenter", hosts: []string{namespace(t), namespace(t)}} }
	}
	if sshtest.Full() {
		for _, engine := range []string{"docker", "podman"} {
			if out, err := exec.Command(engine, "ps").CombinedOutput(); err != nil {
				t.Logf("%s is not tried; it does not answer: %v: %.200s", engine, err, out)
				continue
			}
			all[engine] = func() place { return place{via: engine, hosts: containers(t, engine, 2)} }
		}
	}
	return all
}

// namespaces reports whether this user can make and enter namespaces.
func namespaces(t *testing.T) bool {
	t.Helper()
	sshtest.Need(t, "nsenter", "unshare")
	return os.Geteuid() == 0 && exec.Command("unshare", "--pid", "--fork", "--mount-proc", "true").Run() == nil
}

// namespace makes namespaces of processes, files and names, and returns the number of a process in
// them.
func namespace(t *testing.T) string {
	t.Helper()
	mark := sshtest.Mark()
	cmd := exec.Command("unshare", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc", "env", "MARK="+mark, "sleep", "10000")
	if err := cmd.Start(); err != nil {
		t.Fatalf("unshare: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var inside string
	sshtest.WaitFor(t, "a process is in the namespaces", func() bool {
		for _, p := range sshtest.Marked(t, mark) {
			if p.Name == "sleep" {
				inside = strconv.Itoa(p.PID)
			}
		}
		return inside != ""
	})
	return inside
}

// arguments returns those of clsh for a command in the place.
func (p *place) arguments(args ...string) []string {
	return append([]string{"--via", p.via, "-h", strings.Join(p.hosts, ",")}, args...)
}

func (p *place) prepare(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(cmd.Env, p.environ...)
	return cmd
}

// A viaKind is what runs when clsh is ended; %s is a mark. With input it gets more data than a pipe
// holds.
type viaKind struct {
	name, command string
	input         bool
}

func viaKinds() []viaKind {
	return []viaKind{
		{"foreground", `echo up; env MARK=%s sleep 300`, false},
		{"background", `env MARK=%[1]s sleep 300 & echo up; env MARK=%[1]s sleep 301`, false},
		{"setsid", `env MARK=%s setsid sleep 300 & echo up; wait`, false},
		{"unread", `echo up; env MARK=%s sleep 300`, true},
		{"half read", `head -c 500000 >/dev/null; echo up; env MARK=%s sleep 300`, true},
	}
}

// TestViaNothingIsLeftBehind: whatever the client makes of signals, the agent stops the command.
// On each change each kind with one signal on this machine, and two kinds with KILL elsewhere; with
// --full all of it, and the engines.
func TestViaNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	ways := append(clshtest.Endings(), clshtest.Ending{Name: "limit", Sig: 0, Code: 124})
	for name := range places(t, nil) {
		for i, kind := range viaKinds() {
			for j, end := range ways {
				if !sshtest.Full() && name == "local" && j != i {
					continue
				}
				if !sshtest.Full() && name != "local" && (end.Name != "KILL" || kind.name != "setsid" && kind.name != "unread") {
					continue
				}
				t.Run(strings.Join([]string{name, kind.name, end.Name}, "/"), func(t *testing.T) {
					t.Parallel()
					sshtest.Need(t, "setsid")
					s := sshtest.New(t)
					p := places(t, s)[name]()
					if len(p.hosts) == 0 {
						return // an engine that runs no container has said so
					}
					leaveNothingVia(t, s, &p, end, kind)
				})
			}
		}
	}
}

func leaveNothingVia(t *testing.T, s *sshtest.Site, p *place, end clshtest.Ending, kind viaKind) {
	t.Helper()
	mark := sshtest.Mark()
	limit := "0"
	if end.Sig == 0 {
		limit = "4"
	}
	args := []string{"--kill-after", "1", "--timeout", limit}
	if kind.input {
		args = append(args, "--stdin")
	}
	cmd := p.prepare(clshtest.Cmd(t, s, p.arguments(append(args, fmt.Sprintf(kind.command, mark))...)...))
	if kind.input {
		cmd.Stdin = bytes.NewReader(make([]byte, 4<<20))
	}
	c := clshtest.StartCmd(t, cmd)
	c.WaitFor(c.Out, `: up$`, len(p.hosts))
	if end.Sig != 0 {
		sshtest.WaitMarked(t, mark, 1+len(p.hosts))
		c.Signal(end.Sig)
	}
	if end.Sig == syscall.SIGTERM {
		c.SignalUntilEnd(end.Sig)
	}
	if code := c.Wait(); code != end.Code {
		t.Errorf("exit status %d, want %d", code, end.Code)
	}
	if end.Sig != syscall.SIGKILL && end.Sig != syscall.SIGTERM {
		c.WantNoError("not confirmed")
	}
	sshtest.WaitGone(t, mark)
}

// A host that falls silent is lost, one that is only slow or prints nothing is not; when it wakes up
// it stops the command.
func TestViaSilentHost(t *testing.T) {
	t.Parallel()
	for _, input := range []bool{false, true} {
		t.Run(fmt.Sprintf("input %v", input), func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			p := places(t, s)["kubectl"]()
			mark := sshtest.Mark()
			args := []string{"--lost-after", "6", "--keep-going", "--kill-after", "1"}
			if input {
				args = append(args, "--stdin")
			}
			cmd := p.prepare(clshtest.Cmd(t, s, p.arguments(append(args, "echo up; env MARK="+mark+" sleep 300")...)...))
			if input {
				cmd.Stdin = strings.NewReader("data\n")
			}
			c := clshtest.StartCmd(t, cmd)
			c.WaitFor(c.Out, `: up$`, 2)
			thaw := freezePod(t, s, "pod2")
			c.WaitFor(c.Errs, `^ERROR: pod2 connection lost\n  nothing was heard from it for 6s \(--lost-after\)$`, 1)
			thaw()
			c.Signal(syscall.SIGINT)
			c.Want(130)
			c.WantNoError("ERROR: pod1")
			sshtest.WaitGone(t, mark)
		})
	}
}

// A host that falls silent in the middle of the data, and goes on when nobody is there any more, finds
// what was sent meanwhile: it is no end of the data, and the command is stopped.
func TestViaSilentWithinData(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := places(t, s)["kubectl"]()
	mark, dir := sshtest.Mark(), t.TempDir()
	command := "MARK=" + mark + " sh -c 'cd " + dir + "; cat >$CLSH_HOST.new && mv $CLSH_HOST.new $CLSH_HOST'"
	cmd := p.prepare(clshtest.Cmd(t, s, p.arguments("--lost-after", "6", "--keep-going", "--kill-after", "1", "--stdin", command)...))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := clshtest.StartCmd(t, cmd)
	send := func(text string, pods ...string) {
		_, _ = io.WriteString(stdin, text)
		for _, pod := range pods {
			sshtest.WaitFor(t, pod+" has it", func() bool {
				got, err := os.ReadFile(filepath.Join(dir, pod+".new"))
				return err == nil && strings.HasSuffix(string(got), text)
			})
		}
	}
	send("some\n", "pod1", "pod2")
	thaw := freezePod(t, s, "pod2")
	send("more\n", "pod1")
	c.WaitFor(c.Errs, `^ERROR: pod2 connection lost\n  nothing was heard from it for 6s \(--lost-after\)$`, 1)
	thaw()
	c.Signal(syscall.SIGINT)
	c.Want(130)
	sshtest.WaitGone(t, mark)
	for _, pod := range []string{"pod1", "pod2"} {
		if _, err := os.Stat(filepath.Join(dir, pod)); err == nil {
			t.Errorf("half the data counts as all of it on %s", pod)
		}
	}
}

// freezePod stops all processes of a pod, until thaw is called.
func freezePod(t *testing.T, s *sshtest.Site, pod string) (thaw func()) {
	t.Helper()
	var frozen []sshtest.Process
	for _, q := range sshtest.Marked(t, "POD="+pod) {
		if strings.Contains(q.Environ, s.Mark) {
			frozen = append(frozen, q)
			_ = syscall.Kill(q.PID, syscall.SIGSTOP)
		}
	}
	if len(frozen) < 3 {
		t.Fatalf("only %v were stopped", frozen)
	}
	return func() {
		for _, q := range frozen {
			_ = syscall.Kill(q.PID, syscall.SIGCONT)
		}
	}
}

// A reader of clsh's that takes its time is not the host's silence.
func TestViaSlowReader(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	p := places(t, s)["local"]()
	cmd := clshtest.Cmd(t, s, p.arguments("--lost-after", "2", "head -c 4000000 /dev/zero | tr '\\0' x; echo; echo end")...)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = write
	c := clshtest.StartCmd(t, cmd)
	_ = write.Close()
	defer read.Close()
	<-time.After(4 * time.Second) // the time itself is what is tested
	text, err := io.ReadAll(read)
	if code := c.Wait(); code != 0 || err != nil || bytes.Count(text, []byte(": end\n")) != 2 {
		t.Errorf("exit status %d, error %v, output ends with %.100q", code, err, text[max(0, len(text)-100):])
	}
	c.WantNoError("ERROR")
}

// The interactive mode keeps a shell in each place, and ^C stops its line.
func TestViaInteractive(t *testing.T) {
	t.Parallel()
	for name := range places(t, nil) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			p := places(t, s)[name]()
			if len(p.hosts) == 0 {
				return
			}
			interactiveVia(t, s, &p)
		})
	}
}

func interactiveVia(t *testing.T, s *sshtest.Site, p *place) {
	t.Helper()
	n := len(p.hosts)
	mark := sshtest.Mark()
	shell := clshtest.InteractiveCmd(t, p.prepare(clshtest.Cmd(t, s, append([]string{"-i"}, p.arguments("--kill-after", "1", "--lost-after", "4")...)...)), t.TempDir())
	shell.Does("cd /tmp; x=kept")
	shell.Does("echo $x in $PWD")
	shell.Sees(`: kept in /tmp\r?$`, n)
	shell.Types("echo up; env MARK=" + mark + " sleep 300\r")
	shell.Sees(`: up\r?$`, n)
	sshtest.WaitMarked(t, mark, n)
	shell.Types("\x03")
	shell.Finished()
	sshtest.WaitGone(t, mark)
	shell.Does("echo $x again")
	shell.Sees(`: kept again\r?$`, n)
	shell.Leaves(0)
}
