package connections

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// TestViaRuns: data, groups and records are the same in each place.
func TestViaRuns(t *testing.T) {
	t.Parallel()
	for name := range places(t, nil) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			p := places(t, s)[name]()
			if len(p.hosts) == 0 {
				return
			}
			each := func(text string) (lines []string) {
				for _, host := range p.hosts {
					lines = append(lines, host+": "+text)
				}
				return lines
			}
			data := strings.Repeat("0123456789abcde\n", 1<<16) // more than a piece
			cmd := p.prepare(clshtest.Cmd(t, s, p.arguments("--stdin", "wc -c; echo $CLSH_COUNT")...))
			cmd.Stdin = strings.NewReader(data)
			clshtest.StartCmd(t, cmd).Want(0, append(each("1048576"), each("2")...)...)

			// A command may be interrupted, as over ssh.
			clshtest.StartCmd(t, p.prepare(clshtest.Cmd(t, s, p.arguments(`sh -c 'kill -INT $$; echo lives'; exit $?`)...))).Want(130)

			record := filepath.Join(s.Dir, "record")
			c := clshtest.StartCmd(t, p.prepare(clshtest.Cmd(t, s, p.arguments("--batch", "1", "--max-fail", "0", "--json", record, `echo $CLSH_RANK; exit 3`)...)))
			c.Want(3, p.hosts[0]+": 0")
			c.WantError("not started: " + p.hosts[1] + "$")
			file, err := os.Open(record)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			ends, _, _ := clshtest.Outcomes(t, file)
			if got := strings.Join(ends[p.hosts[0]], " "); !strings.Contains(got, "exited") {
				t.Errorf("%s: %q in the record", p.hosts[0], got)
			}
		})
	}
}

// TestViaPaused: a container that the engine has paused is lost in time, and what it ran is stopped
// when it goes on. With --full only.
func TestViaPaused(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"docker", "podman"} {
		start := places(t, nil)[engine]
		if start == nil {
			continue // places has said why
		}
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			p := start()
			if len(p.hosts) == 0 {
				return
			}
			s, mark := sshtest.New(t), sshtest.Mark()
			c := clshtest.StartCmd(t, p.prepare(clshtest.Cmd(t, s, p.arguments("--lost-after", "6", "--keep-going", "--kill-after", "1", "echo up; env MARK="+mark+" sleep 300")...)))
			c.WaitFor(c.Out, `: up$`, 2)
			if out, err := exec.Command(engine, "pause", p.hosts[0]).CombinedOutput(); err != nil {
				t.Logf("not tried: %s pauses no container here: %v: %s", engine, err, out)
				return
			}
			c.WaitFor(c.Errs, `^ERROR: `+p.hosts[0]+` connection lost\n  nothing was heard from it for 6s \(--lost-after\)$`, 1)
			if out, err := exec.Command(engine, "unpause", p.hosts[0]).CombinedOutput(); err != nil {
				t.Fatalf("%s unpause: %v: %s", engine, err, out)
			}
			c.Signal(syscall.SIGINT)
			c.Want(130)
			c.WantNoError("ERROR: " + p.hosts[1])
			sshtest.WaitGone(t, mark)
		})
	}
}
