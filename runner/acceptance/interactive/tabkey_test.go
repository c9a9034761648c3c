package interactive

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// The Tab key in a shell at a terminal: the completed line runs and shows
// what it has become.
func TestTabKey(t *testing.T) {
	t.Parallel()
	shells := map[string][]string{
		"bash": {"--noprofile", "-i"},
		"zsh":  {"-d", "-i"},
	}
	lines := []struct{ keys, want string }{
		{"clsh --list -h @we\t\r", "web1 web2"},
		{"clsh --list -h alias1,@we\t\r", "alias1 web1 web2"},
		{"clsh --list -h \"db1,@we\t\r", "db1 web1 web2"}, // both close the quote
		{"clsh --lis\t--color=al\t-h root@al\t1\r", "root@alias1"},
		{"clsh --list -h 'web[1-2],al\t2'\r", "web1 web2 alias2"},
		{"clsh --list --hostfile=mor\t-g webm\t\r", "mail1"},
		{"clsh --list -h db1 fil\t\r", "db1"},
		{"true; X=1 clsh --list -h node[1-\t2]\r", "node1 node2"},
		{"heat --simulate fail --pid 1 --signal HU\t| grep -o 'sends HUP' | cut -c 7-\r", "HUP"},
		{"heat --vers\t| cut -c 1-4\r", "heat"},
	}
	for shell, args := range shells {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			sshtest.Need(t, shell)
			p := newCompletionPlace(t)
			for i, line := range lines {
				if !sshtest.Full() && (i%2 == 0) != (shell == "bash") {
					continue // the other shell's turn
				}
				p.typeAt(t, p.command(shell, args...), line.keys, wordByWord(line.want))
			}
		})
	}
}

// The script as zsh loads it from a directory of $fpath, as the packages install it, at the
// first Tab; and what zsh shows of options.
func TestTabKeyInstalled(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "zsh")
	scripts, err := filepath.Abs("runner/flags/completions")
	if err != nil {
		t.Fatal(err)
	}
	p := newCompletionPlace(t)
	p.write(t, p.home, map[string]string{
		".zshrc": "PS1='READY> '\nsetopt nonomatch\nfpath=('" + scripts + "' $fpath)\nautoload -Uz compinit\ncompinit -u\n",
	})
	for _, line := range []struct{ keys, want string }{
		{"clsh --list -h node[1-\t2]\r", wordByWord("node1 node2")},
		{"heat --vers\t| cut -c 1-4\r", wordByWord("heat")},
		{"clsh --li\t", `(?m)^--live +-- Print lines as they arrive, too, with -b, -B or --diff\. *\r*$`},
		{"printf '%s\\n' $READYLIS[\t", `(?m)\bCOLUMNS\b`}, // no call of ours
	} {
		p.typeAt(t, p.command("zsh", "-d", "-i"), line.keys, line.want)
	}
}

// wordByWord is a pattern for the words of want, one a line.
func wordByWord(want string) string {
	return `(?m)^` + strings.ReplaceAll(regexp.QuoteMeta(want), " ", `\r*\n`) + `\r*$`
}

// typeAt starts a shell at a terminal, types keys at its prompt and waits until the prompt
// comes again. The screen then has what want matches.
func (p completionPlace) typeAt(t *testing.T, cmd *exec.Cmd, keys, want string) {
	t.Helper()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	screen, copied := clshtest.NewOutput(), make(chan struct{})
	go func() {
		defer close(copied)
		if _, err := io.Copy(screen, terminal); err != nil && !errors.Is(err, syscall.EIO) && !errors.Is(err, os.ErrClosed) {
			t.Errorf("read the terminal: %v", err)
		}
	}()
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = terminal.Close()
		<-copied
	}()
	shown := func(pattern string) func() bool {
		r := regexp.MustCompile(pattern)
		return func() bool { return r.MatchString(screen.String()) }
	}
	sshtest.WaitFor(t, cmd.Args[0]+"'s prompt", shown("READY> "))
	if _, err := io.WriteString(terminal, keys); err != nil {
		t.Fatal(err)
	}
	sshtest.WaitFor(t, "another prompt", shown(`(?s)READY> .*\n.*READY> `))
	if !shown(want)() {
		t.Errorf("%s, %q: the screen has nothing like %s:\n%s", cmd.Args[0], keys, want, screen)
	}
}
