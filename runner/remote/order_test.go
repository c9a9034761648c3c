package remote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// fish takes a child that is stopped for a command that has done its work. A stop freezes and ends
// both, so the order counts: parents have stopped before their children are, and go on last.
func TestStopIsNoEndForFish(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "fish")
	rounds := 1
	if sshtest.Full() {
		rounds = 3
	}
	for _, command := range []string{
		"cat >new && mv -f new file",
		// fish lives on, and cat is new at the second look
		"function lives --on-signal QUIT --on-signal INT --on-signal HUP; end; head -c 100000 >/dev/null; sleep 1000; true; cat >new && mv -f new file",
	} {
		for _, signal := range []string{"QUIT", "INT", "HUP"} {
			t.Run(command+"/"+signal, func(t *testing.T) {
				t.Parallel()
				for range rounds {
					stopFish(t, command, signal)
				}
			})
		}
	}
}

func stopFish(t *testing.T, command, signal string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	mark := sshtest.Mark()
	input := "data 1 100000\n" + strings.Repeat("x", 100000) + "data 3 1\nabcstop " + signal + "\n"
	out, nonce := runAgent(t, []string{"dash"}, "free", "/usr/bin:/bin", "cd "+dir+"; and begin; "+command+"; end", []byte(input),
		"MARK="+mark, "SHELL="+sshtest.Program("fish"), "HOME="+dir)
	if got, err := os.ReadFile(file); err != nil || string(got) != "old" {
		t.Errorf("the file holds %q, %v; the agent printed %q", got, err, strings.ReplaceAll(out, nonce, "NONCE"))
	}
	sshtest.WaitGone(t, mark)
}
