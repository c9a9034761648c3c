package interactive

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// ^C while a group source's command is asked ends that, and nobody waits for what
// outlives it: nothing is done, and the prompt is back with what was typed ahead. A
// signal ends the session, too.
func TestInteractiveUpcall(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "setsid")
	s := sshtest.New(t)
	dir, mark := t.TempDir(), sshtest.Mark()
	conf := "[slow]\nmap: HERE=" + mark + "$GROUP sh -c 'sleep 300; true'; echo b\n" +
		"[orphan]\nmap: HERE=" + mark + "$GROUP sleep 300 & echo b\n" +
		"[away]\nmap: echo b; HERE=" + mark + "$GROUP exec setsid -f sleep 300\n"
	if err := os.WriteFile(filepath.Join(dir, "groups.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := clshtest.Cmd(t, s, "-i", "-h", "a")
	cmd.Env = append(cmd.Env, "CLUSTERSHELL_CFGDIR="+dir)
	p := clshtest.InteractiveCmd(t, cmd, t.TempDir())
	for i, line := range []string{
		":only @slow:%d", ":add @slow:%d", ":on @slow:%d uname", ":drop @slow:%d", ":reconnect @slow:%d", ":only @orphan:%d", ":only @away:%d",
	} {
		p.Types(fmt.Sprintf(line, i) + "\r")
		here := fmt.Sprintf("%s%d", mark, i)
		sshtest.WaitMarked(t, here+"\x00", 1)
		p.Types(fmt.Sprintf("echo ahead %d\x03", i))
		p.Sees("^interrupted: nothing is done", i+1)
		if strings.Contains(line, "@away") { // has left the group, or is about to: not clsh's to end
			sshtest.WaitFor(t, "what has gone away is killed", func() bool {
				running := sshtest.Marked(t, here+"\x00")
				for _, p := range running {
					_ = syscall.Kill(p.PID, syscall.SIGKILL)
				}
				return len(running) == 0
			})
		}
		sshtest.WaitGone(t, here)
		p.Types("\r")
		p.Finished()
		p.Sees(fmt.Sprintf("^a: ahead %d", i), 1)
	}
	p.Types(":only @slow:last\r")
	sshtest.WaitMarked(t, mark, 1)
	p.Signal(syscall.SIGTERM)
	if code := p.Wait(); code != 143 {
		t.Errorf("exit status %d, want 143", code)
	}
	s.WaitGone(mark)
}
