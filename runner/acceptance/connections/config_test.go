package connections

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// The user's own ~/.ssh/config, read without any option: aliases, known
// hosts, keys. It needs a user of its own, for ssh asks the password file
// where home is; without root the same is tested by --ssh-config.
func TestOwnConfiguration(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("not root: clsh_config.txtar has to do")
		return
	}
	// Whoever has such a user is not let in as it either.
	s := sshtest.New(t, sshtest.Shell("bash"), sshtest.SSHDConfig("DenyUsers ubuntu"))
	uid, gid := numbers(t, s.User)
	give := func(path string) {
		t.Helper()
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	dotssh := filepath.Join(s.Home, ".ssh")
	if err := os.Mkdir(dotssh, 0o700); err != nil {
		t.Fatal(err)
	}
	give(dotssh)
	key, err := os.ReadFile(filepath.Join(s.Dir, "client_key"))
	if err != nil {
		t.Fatal(err)
	}
	daemon := s.Daemon("d")
	for name, text := range map[string]string{
		"id_ed25519": string(key),
		"config": "Host alias\n  HostName 127.0.0.1\n  Port " + strconv.Itoa(daemon.Port) + "\n  User " + s.User + "\n" +
			"Host nouser\n  HostName 127.0.0.1\n  Port " + strconv.Itoa(daemon.Port) + "\n",
	} {
		path := filepath.Join(dotssh, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		give(path)
	}
	before := tree(t, s.Home)
	run := func(args ...string) *clshtest.Command {
		cmd := clshtest.Cmd(t, s, args...)
		cmd.Path = copyProgram(t, cmd.Path, filepath.Join(s.Dir, "clsh"))
		cmd.Dir = s.Home
		cmd.Env = append(s.Env(), "HOME="+s.Home, "TMPDIR=/tmp", "XDG_RUNTIME_DIR=", "CLSH_RECORD=none")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return clshtest.StartCmd(t, cmd)
	}
	c := run("-h", "alias", "id -un")
	c.Want(0, "alias: "+s.User)
	known, err := os.ReadFile(filepath.Join(dotssh, "known_hosts"))
	if err != nil || !strings.Contains(string(known), "ssh-ed25519") {
		t.Errorf("the new host key is not in ~/.ssh/known_hosts: %q, %v", known, err)
	}
	c = run("-h", "alias", "true")
	c.Want(0, "alias:")
	c.WantNoError(".") // it is known now
	c = run("-h", "nouser", "true")
	c.Want(255)
	c.WantError(`ERROR: nouser unreachable\n  .*ubuntu`)
	c = run("--user", s.User, "-h", "nouser", "id -un")
	c.Want(0, "nouser: "+s.User)
	if after := tree(t, s.Home); after != before+".ssh/known_hosts\n" && after != before+".ssh/known_hosts\n.ssh/known_hosts.old\n" {
		t.Errorf("files at home before: %s\nafter: %s", before, after)
	}
}

// numbers are a user's and its group's.
func numbers(t *testing.T, name string) (uid, gid int) {
	t.Helper()
	who, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, uidErr := strconv.Atoi(who.Uid)
	gid, gidErr := strconv.Atoi(who.Gid)
	if err := errors.Join(uidErr, gidErr); err != nil {
		t.Fatal(err)
	}
	return uid, gid
}

// copyProgram copies a program to where every user can run it, once.
func copyProgram(t *testing.T, from, to string) string {
	t.Helper()
	if _, err := os.Stat(to); err == nil {
		return to
	}
	// By cp, whose open file no other goroutine's child can hold (ETXTBSY).
	if out, err := exec.Command("install", "-m", "755", from, to).CombinedOutput(); err != nil {
		t.Fatalf("install: %v: %s", err, out)
	}
	return to
}

// tree lists the files below dir, a line each.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			_, err = io.WriteString(&list, rel+"\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}
