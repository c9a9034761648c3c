package interactive

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// Keys and messages on a terminal, results into a pipe: ^C is the signal that the
// terminal makes of it, and reaches the reader of the pipe, too. Whether that goes or
// stays, during a command or at the prompt: everything ends, and clsh as the signal
// says.
func TestInteractiveIntoPipe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, tee, line string }{
		{"command", "tee", "sleep 300"},
		{"flood", "tee", "yes $MARK"},
		{"kept reader", "tee -i", "sleep 300"},
		{"prompt", "tee", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			mark, dir := sshtest.Mark(), t.TempDir()
			clsh := clshtest.Cmd(t, s)
			const script = `trap : INT; { trap : INT; clsh -i -h a,b; echo $? >status; } | $TEE log; echo over`
			cmd := exec.Command("sh", "-c", script)
			cmd.Env, cmd.Dir = slices.Concat(clsh.Env, []string{"TEE=" + c.tee, "HERE=" + mark}), dir
			run, terminal := clshtest.StartCmdOnTerminal(t, cmd)
			run.WaitFor(run.Out, `^Working with nodes: a, b`, 1)
			if c.line != "" {
				if _, err := terminal.WriteString("export MARK=" + mark + "; " + c.line + "\n"); err != nil {
					t.Fatal(err)
				}
				if c.name == "flood" {
					run.WaitFor(run.Out, `^[ab]: `+mark, 100)
				} else {
					sshtest.WaitMarked(t, "MARK="+mark, 2)
				}
			}
			if _, err := terminal.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
			run.WaitFor(run.Out, `over\r?$`, 1)
			run.Wait()
			if status, err := os.ReadFile(filepath.Join(dir, "status")); err != nil || strings.TrimSpace(string(status)) != "130" {
				t.Errorf("exit status %q, want 130 (%v)", status, err)
			}
			s.WaitGone(mark)
		})
	}
}
