package heat

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// TestTheHelperIsKilled kills, as the kernel does when memory runs out, the
// process that runs the checks. The whole tree of the check holds a lock, which
// the next check must find free.
func TestTheHelperIsKilled(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		good   int // checks before
		reason syscall.Signal
	}{
		"first check":   {0, syscall.SIGKILL},
		"later check":   {2, syscall.SIGKILL},
		"helper aborts": {1, syscall.SIGABRT},
	} {
		for user, uid := range users() {
			if !sshtest.Full() && name == "later check" {
				continue // the others kill the second check's helper, too
			}
			t.Run(name+" as "+user, func(t *testing.T) {
				t.Parallel()
				mark, dir := newMark(t), sharedDir(t)
				script(t, dir, "check", "exec 9>>lock\nflock -n 9 || echo overlap >>overlaps\n"+
					fmt.Sprintf("echo >>runs\n[ $(wc -l <runs) -gt %d ] || exit 0\n", tt.good)+
					"trap '' TERM\n"+fmt.Sprintf(torture, mark))
				script(t, dir, "recover", "touch repaired")
				r := startCmd(t, command(t, dir, uid, "-i", "0.1", "--timeout", "60", "--kill-after", "0.3",
					"--threshold", "1", "--recovery", "./recover", "-s", "./check"))
				for n := 1; n <= 2; n++ {
					eventually(t, "all five run", func() bool { return len(marked(t, mark)) == 5 })
					if err := syscall.Kill(helperOf(t, r.cmd.Process.Pid), tt.reason); err != nil {
						t.Fatal(err)
					}
					eventually(t, "it is reported", func() bool { return r.err.lines("the check was lost: the process that ran it was killed") == n })
				}
				eventually(t, "the next check runs", func() bool { return len(marked(t, mark)) == 5 })
				if r.file("overlaps") != "" || r.file("repaired") != "" {
					t.Errorf("overlaps %q, repaired %v", r.file("overlaps"), r.file("repaired") != "")
				}
				if z := zombiesUnder(r.cmd.Process.Pid); z != "" {
					t.Errorf("zombies: %s", z)
				}
				r.signal(syscall.SIGTERM)
				if code := r.wait(); code != 143 || r.out.lines("Failed: Exit Code 126") != 2 {
					t.Errorf("exit status %d", code)
				}
				if left := marked(t, mark); len(left) > 0 {
					t.Errorf("%d processes left", len(left))
				}
			})
		}
	}
}

// TestStopWhileACheckIsLost ends heat while it ends what the helper left.
func TestStopWhileACheckIsLost(t *testing.T) {
	t.Parallel()
	mark, dir := newMark(t), t.TempDir()
	script(t, dir, "check", "trap '' TERM\n"+fmt.Sprintf(torture, mark))
	r := start(t, dir, "-i", "0.1", "--timeout", "0", "--kill-after", "60", "-s", "./check")
	eventually(t, "all five run", func() bool { return len(marked(t, mark)) == 5 })
	if err := syscall.Kill(helperOf(t, r.cmd.Process.Pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two signals end heat", func() bool {
		_ = r.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-r.exited:
			return true
		default:
			return false
		}
	})
	if code := r.wait(); code != 143 || len(marked(t, mark)) > 0 {
		t.Errorf("exit status %d, %d processes left", code, len(marked(t, mark)))
	}
}

// zombiesUnder names the dead children of a process.
func zombiesUnder(parent int) (names string) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		line, _ := os.ReadFile(filepath.Join(dir, "stat"))
		if strings.Contains(string(line), fmt.Sprintf(") Z %d ", parent)) {
			names += string(line)
		}
	}
	return names
}
