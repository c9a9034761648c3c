package copying

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// copyTools are the programs that a host has, beside those of this machine: by another's name, or
// none where that is empty.
func copyTools() map[string]map[string]string {
	box := map[string]string{}
	for _, tool := range hostTools() {
		box[tool] = "busybox"
	}
	return map[string]map[string]string{
		"busybox":      box,
		"bsdtar":       {"tar": "bsdtar"},
		"bash":         {"sh": "bash"},
		"ksh":          {"sh": "ksh"},
		"shasum":       {"sha256sum": "", "shasum": "shasum", "perl": "perl"},
		"cksum":        {"sha256sum": ""},
		"no stat":      {"stat": ""},
		"POSIX's dd":   {"dd": ""},
		"no tar":       {"tar": ""},
		"no sums":      {"sha256sum": "", "cksum": ""},
		"GNU and dash": nil,
	}
}

// hostTools are all that a host needs; ps and sleep are the agent's.
func hostTools() []string {
	return strings.Fields("sh tar dd rm mv mkdir cut wc chmod chown ls ln readlink stat sha256sum cksum sleep")
}

// A host is served with what it has. Where something is missing, it says so, and nothing has changed.
func TestCopyTools(t *testing.T) {
	t.Parallel()
	for name, tools := range copyTools() {
		if !sshtest.Full() && slices.Contains([]string{"bash", "ksh", "GNU and dash"}, name) {
			continue // TestCopyEnds has this machine's tools
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			bin := toolDir(t, s, tools)
			source, target := filepath.Join(s.Dir, "tree"), filepath.Join(s.Home, "target")
			writeTree(t, source, map[string][]byte{"d/a": []byte("a\n"), "d/b c": []byte("bc\n"), "e/" + strings.Repeat("n", 255): []byte("long\n"), "-x": nil, "new\nline": []byte("n")})
			writeTree(t, filepath.Join(target, "tree"), map[string][]byte{"d/a": []byte("old\n")})
			writeSparse(t, filepath.Join(source, "sparse"))
			if err := os.Symlink("d/a", filepath.Join(source, "link")); err != nil {
				t.Fatal(err)
			}
			if name == "POSIX's dd" {
				text := "#!/bin/sh\ncase $* in *iflag*) exit 1;; esac\nexec '" + sshtest.Program("dd") + "' \"$@\"\n"
				writeTree(t, bin, map[string][]byte{"dd": []byte(text)})
			}
			if err := os.Chmod(filepath.Join(target, "tree/d/a"), 0o640); err != nil {
				t.Fatal(err)
			}
			copyTree := func() *clshtest.Command {
				cmd := clshtest.Cmd(t, s, "--no-login", "--via", "local", "-h", "a", "--copy", source, "--dest", target+"/")
				cmd.Env = append(cmd.Env, "PATH="+bin)
				return clshtest.StartCmd(t, cmd)
			}
			c := copyTree()
			if missing := strings.TrimPrefix(name, "no "); missing == "tar" || missing == "sums" {
				c.Want(1)
				c.WantError("a: clsh: .* not found on this host.*: nothing was changed$", "exit 1: a$")
				if list, err := os.ReadDir(filepath.Join(target, "tree")); err != nil || len(list) != 1 {
					t.Errorf("there is %v, %v", list, err)
				}
				return
			}
			c.Want(0)
			c.WantError("copied: a$")
			if out, err := exec.Command("diff", "-r", source, filepath.Join(target, "tree")).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
			info, err := os.Stat(filepath.Join(target, "tree/d/a"))
			if err != nil || info.Mode() != 0o640 && name != "no stat" {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			again := copyTree()
			again.Want(0)
			again.WantError(map[bool]string{true: "copied: a$", false: "unchanged: a$"}[name == "cksum"])
			noneLeft(t, s.Home)
		})
	}
}

// toolDir returns a directory with the tools of a host.
func toolDir(t *testing.T, s *sshtest.Site, tools map[string]string) string {
	t.Helper()
	bin := filepath.Join(s.Dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	link := func(name, program string) {
		sshtest.Need(t, program)
		if err := os.Symlink(sshtest.Program(program), filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range hostTools() {
		if program, other := tools[name]; !other {
			link(name, name)
		} else if program != "" {
			link(name, program)
		}
	}
	for name, program := range tools {
		if program != "" && !strings.Contains(strings.Join(hostTools(), " "), name) {
			link(name, program)
		}
	}
	return bin
}

// writeSparse writes a file of 9 MiB and some, with data before and behind holes.
func writeSparse(t *testing.T, path string) {
	t.Helper()
	writeTree(t, filepath.Dir(path), map[string][]byte{filepath.Base(path): []byte("begin")})
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("middle", 30_000)), 5_000_000); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(9<<20 + 5); err != nil {
		t.Fatal(err)
	}
}

// A file with holes keeps them, and its mode and time where that is asked for.
func TestCopyHoles(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	source, target := filepath.Join(s.Dir, "sparse"), filepath.Join(s.Home, "it's")
	writeSparse(t, source)
	stamp := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := errors.Join(os.Chmod(source, 0o751), os.Chtimes(source, stamp, stamp)); err != nil {
		t.Fatal(err)
	}
	c := clshtest.Start(t, s, "--via", "local", "-h", "a", "--copy", source, "--dest", target, "--preserve")
	c.Want(0)
	c.WantError("copied: a$")
	want, _ := os.ReadFile(source)
	if got, err := os.ReadFile(target); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
	info, err := os.Stat(target)
	if err != nil || info.Mode() != 0o751 || !info.ModTime().Equal(stamp) {
		t.Fatalf("%v, %v", info, err)
	}
	if used := info.Sys().(*syscall.Stat_t).Blocks * 512; used > 1<<20 {
		t.Errorf("it takes %d bytes of the disk", used)
	}
	noneLeft(t, s.Home)
}

// Copies go through whatever leads to a command: sudo, kept connections, groups of hosts.
func TestCopyWays(t *testing.T) {
	t.Parallel()
	t.Run("sudo", func(t *testing.T) {
		t.Parallel()
		if !sshtest.NeedSudo(t) {
			return
		}
		s := sshtest.New(t, sshtest.Shell("dash"))
		s.Sudoers("USER ALL=(ALL) NOPASSWD: ALL")
		source, target := filepath.Join(s.Dir, "file"), filepath.Join(s.Dir, "private")
		writeTree(t, s.Dir, map[string][]byte{"file": []byte("x\n")})
		if err := os.Mkdir(target, 0o700); err != nil {
			t.Fatal(err)
		}
		c := clshtest.Start(t, s, "-h", "a", "--copy", source, "--dest", target+"/")
		c.Want(1)
		c = clshtest.Start(t, s, "--sudo", "-h", "a", "--copy", source, "--dest", target+"/", "--", "id -un")
		c.Want(0, "a: root")
		c.WantError("copied: a$")
	})
	t.Run("only the target may be written", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t, sshtest.Shell("dash")) // whose user may not write beside its home directory
		writeTree(t, s.Dir, map[string][]byte{"file": []byte("x\n")})
		c := clshtest.Start(t, s, "-h", "a", "--copy", filepath.Join(s.Dir, "file"), "--dest", s.Home+"/")
		c.Want(0)
		c.WantError("copied: a$")
	})
	t.Run("persist", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		s.Daemon("tcp") // a connection without a ProxyCommand
		runtime := t.TempDir()
		source, target := filepath.Join(s.Dir, "file"), filepath.Join(s.Home, "file")
		for _, text := range []string{"one\n", "two\n"} {
			writeTree(t, s.Dir, map[string][]byte{"file": []byte(text)})
			cmd := clshtest.Cmd(t, s, "--persist", "60", "-h", "tcp", "--copy", source, "--dest", target)
			cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+runtime)
			c := clshtest.StartCmd(t, cmd)
			c.Want(0)
			c.WantError("copied: tcp$")
			if got, err := os.ReadFile(target); err != nil || string(got) != text {
				t.Errorf("%q, %v", got, err)
			}
		}
		cmd := clshtest.Cmd(t, s, "--persist", "60", "-h", "tcp", "cat", target)
		cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+runtime)
		clshtest.StartCmd(t, cmd).Want(0, "tcp: two")
		if n := strings.Count(s.Log(), "Accepted publickey"); n != 1 {
			t.Errorf("%d logins for two copies and a command", n)
		}
	})
	t.Run("batch", func(t *testing.T) {
		t.Parallel()
		s := sshtest.New(t)
		writeTree(t, s.Dir, map[string][]byte{"file": []byte("x\n")})
		c := clshtest.Start(t, s, "--via", "local", "--batch", "1", "--gate", "test $CLSH_GATE_BATCH = 1", "-h", "a,b,c", "--copy", filepath.Join(s.Dir, "file"), "--dest", s.Home+"/x")
		c.Want(3)
		c.WantError("copied: a$", "unchanged: b$", "not started: c$")
	})
}
