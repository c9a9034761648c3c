package privileges

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// sudoSite is a Site whose user may do everything with the password word, and the options that
// make clsh use it.
func sudoSite(t *testing.T, options ...sshtest.Option) (s *sshtest.Site, args []string) {
	t.Helper()
	s = sshtest.New(t, append(options, sshtest.Shell("bash"))...)
	s.Password(word)
	s.Sudoers("USER ALL=(ALL) ALL")
	return s, []string{"-K", "--password-command", wordFile(t, s, word), "-h", "a,b,c"}
}

// Data goes through sudo whole, groups of a rollout have one proof, and connections that are kept
// do without an ssh.
func TestSudoModes(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	s, args := sudoSite(t)
	data := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
	cmd := clshtest.Cmd(t, s, append(args, "--as", "nobody", "--stdin", "id -un; cksum")...)
	cmd.Stdin = bytes.NewReader(data)
	sum := exec.Command("cksum")
	sum.Stdin = bytes.NewReader(data)
	want, err := sum.Output()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, host := range []string{"a: ", "b: ", "c: "} {
		lines = append(lines, host+"nobody", host+strings.TrimSpace(string(want)))
	}
	clshtest.StartCmd(t, cmd).Want(0, lines...)

	clshtest.Start(t, s, append(args, "--sudo", "--batch", "1", "id -un")...).Want(0, "a: root", "b: root", "c: root")

	kept := append([]string{"--persist", "30"}, args...)
	for range 2 {
		cmd := clshtest.Cmd(t, s, append(kept, "--sudo", "id -un")...)
		cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+s.Dir)
		clshtest.StartCmd(t, cmd).Want(0, "a: root", "b: root", "c: root")
	}
}

// A session keeps a shell of the other user on each host, and ^C stops what it runs.
func TestSudoInteractive(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	s, args := sudoSite(t)
	mark := sshtest.Mark()
	c, terminal := clshtest.StartOnTerminal(t, s, append(args, "--sudo", "-i")...)
	c.WaitFor(c.Out, `clsh> `, 1)
	say := func(text string) {
		t.Helper()
		if _, err := terminal.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	say("cd /root; id -un\r")
	c.WaitFor(c.Out, `^[abc]: root\s*$`, 3)
	say("pwd\r")
	c.WaitFor(c.Out, `^[abc]: /root\s*$`, 3)
	say(fmt.Sprintf("env MARK=%s sh -c 'echo up; sleep 300'\r", mark))
	c.WaitFor(c.Out, `^[abc]: up\s*$`, 3)
	say("\x03")
	sshtest.WaitGone(t, mark)
	say("id -u\r")
	c.WaitFor(c.Out, `^[abc]: 0\s*$`, 3)
	say("exit\r")
	if code := c.Wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	s.WaitGone()
}

// While it is used, and after it, the word is in no command line, environment or file, and in
// nothing that clsh prints; a core dump is not to be had.
func TestWhereTheWordIsNot(t *testing.T) {
	t.Parallel()
	if !sshtest.NeedSudo(t) {
		return
	}
	s := sshtest.New(t, sshtest.Shell("bash"), sshtest.SSHDConfig(passwordOnly))
	secret := "Gr8" + sshtest.Mark()
	s.Password(secret)
	s.Sudoers("USER ALL=(ALL) ALL")
	pipe := filepath.Join(s.Dir, "pipe") // of this side's user alone
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(s.Dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	args := []string{"--sudo", "-k", "-K", "--password-command", "read -r w <" + pipe + `; echo "$w"`, "-h", "a"}
	feed := func() {
		file, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		if err == nil {
			_, err = file.WriteString(secret + "\n")
			_ = file.Close()
		}
		if err != nil {
			t.Error(err)
		}
	}
	cmd := clshtest.Cmd(t, s, append([]string{"-v", "--record", "all", "--json", filepath.Join(s.Dir, "record.json")}, append(args, "echo up; sleep 300")...)...)
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	fed := make(chan struct{})
	go func() { defer close(fed); feed() }()
	c := clshtest.StartCmd(t, cmd)
	<-fed
	c.WaitFor(c.Out, `a: up`, 1)
	if found := sshtest.Marked(t, secret); len(found) > 0 {
		t.Errorf("in the command line or environment of %v", found)
	}
	limits, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.Cmd.Process.Pid), "limits"))
	if err != nil || !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max core file size 0 0 bytes") {
		t.Errorf("%v: %s", err, limits)
	}
	notIn(t, s.Dir, secret)
	c.Signal(syscall.SIGINT)
	c.Want(130)
	notIn(t, s.Dir, secret)
	for _, text := range []string{c.Out.String(), c.Errs.String()} {
		if strings.Contains(text, secret) {
			t.Errorf("printed: %s", text)
		}
	}
	dry := clshtest.Start(t, s, append([]string{"--dry-run"}, append(args, "true")...)...) // reads no word
	if code := dry.Wait(); code != 0 || strings.Contains(dry.Out.String(), "BatchMode=yes") {
		t.Errorf("exit status %d, %s", code, dry.Out)
	}
	s.WaitGone()
}

// notIn checks that no file below dir holds text.
func notIn(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // gone, or none
		}
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(text)) {
			t.Errorf("in %s", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
