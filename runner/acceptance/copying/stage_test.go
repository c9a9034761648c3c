package copying

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A stop comes between two frames of what flows slowly: the host's script reads it itself, whatever its
// sh is, and the stop is confirmed.
func TestCopyStoppedBetweenFrames(t *testing.T) {
	t.Parallel()
	shells := []string{"dash", "ksh"}
	if sshtest.Full() {
		shells = append(shells, "bash", "mksh", "yash", "zsh", "busybox")
	}
	for _, sh := range shells {
		for how, code := range map[string]int{"INT": 130, "timeout": 124} {
			t.Run(sh+"/"+how, func(t *testing.T) {
				t.Parallel()
				sshtest.Need(t, sh)
				s := sshtest.New(t)
				bin := filepath.Join(s.Dir, "bin")
				if err := os.Mkdir(bin, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(sshtest.Program(sh), filepath.Join(bin, "sh")); err != nil {
					t.Fatal(err)
				}
				source, target := filepath.Join(s.Dir, "file"), filepath.Join(s.Home, "file")
				writeTree(t, s.Dir, map[string][]byte{"file": bytes.Repeat([]byte("new\n"), 1<<20)})
				writeTree(t, s.Home, map[string][]byte{"file": []byte("old\n")})
				limit := map[string]string{"INT": "1h", "timeout": "2s"}[how]
				cmd := clshtest.Cmd(t, s, "--via", "local", "--timeout", limit, "-h", "a", "--copy", "--limit-rate", "200K", source, "--dest", target)
				cmd.Env = append(cmd.Env, "PATH="+bin+":"+os.Getenv("PATH"))
				c := clshtest.StartCmd(t, cmd)
				if how == "INT" {
					sshtest.WaitFor(t, "some of the file is there", func() bool {
						select {
						case <-c.Done:
							t.Fatal("it has ended before")
						default:
						}
						parts, _ := filepath.Glob(filepath.Join(s.Home, ".clsh.*/*/file"))
						for _, part := range parts {
							if info, err := os.Stat(part); err == nil && info.Size() > 0 {
								return true
							}
						}
						return false
					})
					c.Signal(syscall.SIGINT)
				}
				c.Want(code)
				if strings.Contains(c.Errs.String(), "not confirmed") || strings.Contains(c.Errs.String(), "left running") {
					t.Errorf("%s", c.Errs)
				}
				s.WaitGone()
				if got, err := os.ReadFile(target); err != nil || string(got) != "old\n" {
					t.Errorf("%d bytes, %v", len(got), err)
				}
				noneLeft(t, s.Home)
			})
		}
	}
}

// The command behind a copy is one like any other: its login shell reads its profile, whose noise is
// none of its output; it reads what comes on standard input, and its status is the host's.
func TestCopyThenCommand(t *testing.T) {
	t.Parallel()
	for _, shell := range clshtest.SomeShells("bash", "fish", "tcsh") {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell), sshtest.Profile("echo noise"))
			writeTree(t, s.Dir, map[string][]byte{"file": []byte("copied\n")})
			cmd := clshtest.Cmd(t, s, "-q", "--stdin", "-h", "a", "--copy", filepath.Join(s.Dir, "file"), "--dest", s.Home+"/", "--", "cat file -; exit 3")
			cmd.Stdin = strings.NewReader("typed\n")
			c := clshtest.StartCmd(t, cmd)
			c.Want(3, "a: copied", "a: typed")
			c = clshtest.Start(t, s, "-q", "-h", "a", "--copy", filepath.Join(s.Dir, "file"), "--dest", s.Home+"/", "--", "cat file -")
			c.Want(0, "a: copied")
		})
	}
}

// A command that is stopped behind a copy leaves the copy, and nothing else.
func TestCopyThenStopped(t *testing.T) {
	t.Parallel()
	for _, input := range []string{"none", "stdin"} {
		t.Run(input, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			writeTree(t, s.Dir, map[string][]byte{"file": []byte("x\n")})
			args := []string{"-h", "a", "--copy", filepath.Join(s.Dir, "file"), "--dest", s.Home + "/", "--", "echo $CLSH_HOST begun; sleep 300"}
			var stdin *os.File
			if input == "stdin" {
				args = append([]string{"--stdin"}, args...)
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				defer r.Close()
				stdin = r
			}
			cmd := clshtest.Cmd(t, s, args...)
			if stdin != nil {
				cmd.Stdin = stdin
			}
			c := clshtest.StartCmd(t, cmd)
			c.WaitFor(c.Out, "a begun", 1)
			c.Signal(syscall.SIGINT)
			c.Want(130)
			c.WantError("stopped: a$")
			s.WaitGone()
			if out, err := exec.Command("diff", filepath.Join(s.Dir, "file"), filepath.Join(s.Home, "file")).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// A login shell that does not come to run the command is named, although the copy is in place.
func TestCopyThenNothing(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t, sshtest.Shell("dash"), sshtest.Profile("exit 0"))
	writeTree(t, s.Dir, map[string][]byte{"file": []byte("x\n")})
	c := clshtest.Start(t, s, "-h", "a", "--copy", filepath.Join(s.Dir, "file"), "--dest", s.Home+"/", "--", "true")
	c.Want(255)
	c.WantError(" *its login shell ended with status 0 before it began the command; .*", "sha256: [0-9a-f]+$")
	if got, err := os.ReadFile(filepath.Join(s.Home, "file")); err != nil || string(got) != "x\n" {
		t.Errorf("%q, %v", got, err)
	}
}
