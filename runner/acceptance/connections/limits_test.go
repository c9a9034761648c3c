package connections

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// Where a run cannot have the open files or processes that it needs at least, that
// is said once, before anything runs, with the limit and a way out.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	ran := filepath.Join(t.TempDir(), "ran")
	files, processes := `^clsh: ulimit -n: fewer than 64 open files are allowed\nhint: .*ulimit -n 1024`, `^clsh: ulimit -u: fewer than 64 processes are allowed\nhint: .*ulimit -u 1024`
	for _, c := range []struct {
		limit, args, want string
	}{
		{"-n 16", "-h a,b touch " + ran, files},
		{"-n 63", "-h a,b --stdin touch " + ran, files},
		{"-n 16", "-i -h a,b", files},
		{"-n 64", "-h a,b true", ""},
		{"-u 32", "-h a,b touch " + ran, processes},
		{"-u 63", "-i -h a,b", processes},
		{"-u 100", "-f 64 -h a,b,c echo in", `^Note: a fan-out of 64 needs more processes than this user may have \(ulimit -u\); using 12$`},
	} {
		t.Run(c.limit+" "+strings.Fields(c.args)[0], func(t *testing.T) {
			t.Parallel()
			cmd := clshtest.Cmd(t, s)
			cmd.Path, cmd.Args = sshtest.Program("bash"), []string{"bash", "-c", "ulimit " + c.limit + "; exec clsh " + c.args} // dash has no -u
			cmd.Env = append(cmd.Env, "CLSH_SSH="+sshtest.FakeSSH(t, ""), "GOMAXPROCS=2")
			if os.Geteuid() == 0 && strings.HasPrefix(c.limit, "-u") {
				notRoot(t, s, cmd)
			}
			got := clshtest.StartCmd(t, cmd)
			if c.want == "" {
				got.Want(0)
				return
			}
			got.Wait()
			got.WantError(c.want)
			if strings.Contains(c.want, "Note") {
				got.Want(0, "a: in", "b: in", "c: in")
				return
			}
			got.Want(2)
			if n := strings.Count(got.Errs.String(), "\n"); n != 2 {
				t.Errorf("%d lines, want 2", n)
			}
		})
	}
	t.Cleanup(func() {
		if _, err := os.Stat(ran); err == nil {
			t.Error("the command has run")
		}
	})
}

// notRoot makes cmd the command of a user without processes: the limit does not bind
// root. The tests' own binary lies where only root can reach it.
func notRoot(t *testing.T, s *sshtest.Site, cmd *exec.Cmd) {
	t.Helper()
	bin := filepath.Join(s.Dir, "bin")
	const script = `mkdir -p "$1" && cp "$2" "$1/clsh.$$" && mv "$1/clsh.$$" "$1/clsh" && chmod 755 "$1" &&
		printf '%s\n' '#!/bin/sh' 'for word; do command=$word; done' 'exec sh -c "$command"' >"$1/fake.$$" && chmod 755 "$1/fake.$$" && mv "$1/fake.$$" "$1/fake"`
	if out, err := exec.Command("sh", "-c", script, "sh", bin, sshtest.Program("clsh")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd.Dir = "/"
	cmd.Env = append(cmd.Env, "PATH="+bin+":"+os.Getenv("PATH"), "CLSH_SSH=fake", "CLSH_SSH_CONFIG=", "TMPDIR=/tmp")
	words := []string{"setpriv", "--reuid", fmt.Sprint(60_000 + os.Getpid()%5000), "--clear-groups"}
	cmd.Path, cmd.Args = sshtest.Program("setpriv"), append(words, cmd.Args...)
}
