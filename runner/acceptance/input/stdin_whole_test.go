package input

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// An inputCut ends a run in the middle of its input.
type inputCut struct {
	name string
	do   func(s *sshtest.Site, c *clshtest.Command)
}

func inputCuts() []inputCut {
	list := []inputCut{
		{"connection", func(s *sshtest.Site, _ *clshtest.Command) { s.Kill("a") }},
		{"ssh KILL", func(s *sshtest.Site, c *clshtest.Command) { signalSSH(c.T, s, syscall.SIGKILL) }},
		{"ssh TERM", func(s *sshtest.Site, c *clshtest.Command) { signalSSH(c.T, s, syscall.SIGTERM) }},
		{"clsh KILL, ssh stopped", func(s *sshtest.Site, c *clshtest.Command) {
			signalSSH(c.T, s, syscall.SIGSTOP)
			c.Signal(syscall.SIGKILL)
		}},
	}
	for _, end := range clshtest.Endings() {
		list = append(list, inputCut{end.Name, func(_ *sshtest.Site, c *clshtest.Command) {
			c.Signal(end.Sig)
			if end.Sig == syscall.SIGTERM {
				c.SignalUntilEnd(end.Sig)
			}
		}})
	}
	return list
}

// signalSSH signals every ssh of clsh's.
func signalSSH(t *testing.T, s *sshtest.Site, sig syscall.Signal) {
	t.Helper()
	for _, p := range sshtest.Marked(t, s.Mark) {
		if p.Name == "ssh" {
			_ = syscall.Kill(p.PID, sig)
		}
	}
}

// wholeCommands replace a file by the whole of the input. The second one does not
// end when it is asked to.
func wholeCommands(dir string) map[string]string {
	const replace = `cat >%/new && mv %/new %/file`
	return map[string]string{
		"plain":    strings.ReplaceAll(replace, "%", dir),
		"ignoring": strings.ReplaceAll(`sh -c 'trap "" INT QUIT HUP TERM; `+replace+`'`, "%", dir),
	}
}

// Whatever ends the input before its end: the command takes no part of it for the
// whole. On each change: each cut once, but for signals that are like another one, with the kinds of
// command and connection and the shells going round. With --full: all of it.
func TestStdinIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	shells := clshtest.Shells()
	alike := []string{"ssh TERM", "QUIT", "HUP"}
	for i, shell := range shells {
		for j, end := range inputCuts() {
			if !sshtest.Full() && slices.Contains(alike, end.name) {
				continue
			}
			for _, persist := range []bool{false, true} {
				for k, kind := range []string{"plain", "ignoring"} {
					if persist && strings.HasPrefix(end.name, "ssh") {
						continue // after the first call there is none
					}
					if !sshtest.Full() && (j%len(shells) != i || j%2 != k || persist != (j%4 == 0 || j%4 == 3)) {
						continue
					}
					words := []string{shell, end.name, kind}
					if persist {
						words = append(words, "persist")
					}
					t.Run(strings.Join(words, "/"), func(t *testing.T) {
						t.Parallel()
						wholeOrNothing(t, shell, kind, persist, end.do)
					})
				}
			}
		}
	}
}

func wholeOrNothing(t *testing.T, shell, kind string, persist bool, end func(*sshtest.Site, *clshtest.Command)) {
	t.Helper()
	s := sshtest.New(t, sshtest.Shell(shell))
	dir := filepath.Join(s.Home, "w")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	old := []byte("old\n")
	if err := os.WriteFile(filepath.Join(dir, "file"), old, 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"--stdin", "--kill-after", "1", "-h", "a", wholeCommands(dir)[kind]}
	run := filepath.Join(s.Dir, "run")
	if persist {
		args = append([]string{"--persist", "60"}, args...)
		if err := os.Mkdir(run, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := clshtest.Cmd(t, s, "--persist", "60", "-h", "a", "true")
		cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+run)
		clshtest.StartCmd(t, cmd).Want(0)
	}
	cmd := clshtest.Cmd(t, s, args...)
	cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+run)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := clshtest.StartCmd(t, cmd)
	if _, err := io.CopyN(stdin, rand.NewChaCha8([32]byte{}), 300_000); err != nil {
		t.Fatal(err)
	}
	sshtest.WaitFor(t, "some of the input has come", func() bool {
		info, err := os.Stat(filepath.Join(dir, "new"))
		return err == nil && info.Size() > 0
	})
	end(s, c)
	c.Wait()
	_ = stdin.Close()
	sshtest.WaitFor(t, "the command has ended", func() bool {
		for _, p := range sshtest.Marked(t, s.Mark) {
			if p.Name == "cat" {
				return false
			}
		}
		return true
	})
	if got, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || !bytes.Equal(got, old) {
		t.Errorf("the file holds %d bytes, %v; the input was cut", len(got), err)
	}
	if !persist {
		s.WaitGone()
	}
}
