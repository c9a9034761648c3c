package connections

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// clsh reports to an ordinary user a directory of sockets that somebody else has made,
// or is in the way of, before anything runs. It needs a user of its own; the rest is
// in clsh_persist.txtar.
func TestSocketsOfOthers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("not root: nobody else can own a directory here")
		return
	}
	s := sshtest.New(t, sshtest.Shell("bash"))
	uid, gid := numbers(t, s.User)
	place := func(name string, owner int, mode os.FileMode) string {
		t.Helper()
		dir := filepath.Join(s.Dir, name)
		if err := os.Mkdir(dir, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, owner, -1); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	theirs := "clsh-" + strconv.Itoa(uid)
	own := place("own", uid, 0o700)
	place("own/clsh", 0, 0o700)
	tmp := place("tmp", 0, 0o755)
	place("tmp/"+theirs, 0, 0o700)
	shut := place("shut", 0, 0o700)
	for _, c := range []struct{ runtime, tmpdir, refusal string }{
		{own, "/tmp", own + `/clsh is not yours alone \(mode 0700\)\nhint: remove it, or set XDG_RUNTIME_DIR`},
		{"", tmp, tmp + "/" + theirs + ` is not yours alone \(mode 0700\)\nhint: remove it, or set XDG_RUNTIME_DIR`},
		{shut, "/tmp", `make a private directory: mkdir ` + shut + `/clsh: permission denied\nhint: set XDG_RUNTIME_DIR to a directory of yours`},
	} {
		cmd := clshtest.Cmd(t, s, "--persist", "5", "-h", "a", "touch "+s.Home+"/ran")
		cmd.Path = copyProgram(t, cmd.Path, filepath.Join(s.Dir, "clsh"))
		cmd.Dir = s.Home
		cmd.Env = append(s.Env(), "TMPDIR="+c.tmpdir, "XDG_RUNTIME_DIR="+c.runtime)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		p := clshtest.StartCmd(t, cmd)
		p.Want(2)
		p.WantError("clsh: --persist: " + c.refusal + "$")
	}
	if _, err := os.Stat(filepath.Join(s.Home, "ran")); err == nil || s.Log() != "" {
		t.Errorf("something has run: %s", s.Log())
	}
}
