package remote

import (
	"os"
	"path/filepath"
	"testing"

	"clsh/runner/sshtest"
)

// fish takes a child that is stopped for a command that has done its work. A stop freezes and ends
// both, so the order counts: parents are stopped first, and go on last.
func TestStopIsNoEndForFish(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "fish")
	for _, signal := range []string{"QUIT", "INT", "HUP"} {
		for range 4 {
			dir := t.TempDir()
			file := filepath.Join(dir, "file")
			if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			mark := sshtest.Mark()
			runAgent(t, []string{"dash"}, "free", "/usr/bin:/bin", "cd "+dir+"; cat >new && mv -f new file", []byte("data 3 1\nabcstop "+signal+"\n"),
				"MARK="+mark, "SHELL="+sshtest.Program("fish"), "HOME="+dir)
			if got, err := os.ReadFile(file); err != nil || string(got) != "old" {
				t.Errorf("%s: the file holds %q, %v", signal, got, err)
			}
			sshtest.WaitGone(t, mark)
		}
	}
}
