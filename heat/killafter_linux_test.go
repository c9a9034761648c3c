package heat

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stubborn is a check that notes SIGTERM and ends when the file let is there.
const stubborn = `trap "echo term >>steps" TERM
echo up >>steps
until test -e let; do sleep 0.1; done
echo let >>steps`

// TestKillAfter has two checks that ignore SIGTERM. When the one with the default --kill-after
// has been killed, the other one, which got SIGTERM before it, is still there.
func TestKillAfter(t *testing.T) {
	t.Parallel()
	mark, patient, hasty := newMark(t), t.TempDir(), t.TempDir()
	script(t, patient, "check", "export TORTURE="+mark+"\nexec sh -c '"+stubborn+"'")
	script(t, hasty, "check", stubborn)
	r := start(t, patient, "-i", "60", "--timeout", "2", "--kill-after", "600", "-s", "./check")
	eventually(t, "it has got SIGTERM", func() bool { return r.file("steps") == "up\nterm\n" })
	h := start(t, hasty, "-i", "60", "--timeout", "2", "-s", "./check")
	eventually(t, "the other one is killed", func() bool { return h.out.lines("Failed: Exit Code 124") == 1 })
	if h.file("steps") != "up\nterm\n" {
		t.Errorf("steps of the other one: %q", h.file("steps"))
	}
	if len(marked(t, mark)) == 0 {
		t.Error("it is gone, too")
	}
	if r.out.String() != "" {
		t.Errorf("console: %s", r.out)
	}
	if err := os.WriteFile(filepath.Join(patient, "let"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it has ended by itself", func() bool { return r.out.lines("Failed: Exit Code 124") == 1 })
	if got := r.file("steps"); got != "up\nterm\nlet\n" || len(marked(t, mark)) > 0 {
		t.Errorf("steps %q, %d processes left", got, len(marked(t, mark)))
	}
}

// TestKillAfterOfAHook: --kill-after holds for hooks, at --hook-timeout and at a second signal.
func TestKillAfterOfAHook(t *testing.T) {
	t.Parallel()
	mark, dir := newMark(t), t.TempDir()
	script(t, dir, "fail", "export TORTURE="+mark+"\n"+stubborn)
	r := start(t, dir, "-i", "60", "--hook-timeout", "2", "--fail", "./fail", "false")
	eventually(t, "it is killed", func() bool { return r.err.lines("./fail, exit code 124: ended at --hook-timeout") == 1 })
	if r.file("steps") != "up\nterm\n" {
		t.Errorf("steps %q", r.file("steps"))
	}
	eventually(t, "its group has gone", func() bool { return len(marked(t, mark)) == 0 })

	again := t.TempDir()
	script(t, again, "fail", "export TORTURE="+mark+"\n"+stubborn)
	r = start(t, again, "-i", "60", "--kill-after", "600", "--fail", "./fail", "false")
	eventually(t, "it runs", func() bool { return r.file("steps") == "up\n" })
	eventually(t, "a second signal reaches it", func() bool {
		r.signal(syscall.SIGTERM)
		return strings.Contains(r.file("steps"), "term\n")
	})
	if err := os.WriteFile(filepath.Join(again, "let"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it has ended by itself", func() bool { return strings.HasSuffix(r.file("steps"), "let\n") })
}
