package sshtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// userPrefix begins the names of the login users. The test binary's pid
// follows, so that those of a binary that was killed can be told.
const userPrefix = "clshtest"

// addUser makes a user of its own for the login shell. Its password is "*",
// not "!": sshd without PAM takes the latter for a locked account.
func (s *Site) addUser() error {
	removeStaleUsers()
	name := fmt.Sprintf("%s%dx%s", userPrefix, os.Getpid(), strings.ToLower(s.Mark[len(s.Mark)-6:]))
	if err := retryAccount("useradd", "--no-create-home", "--no-log-init", "--no-user-group",
		"--home-dir", s.Home, "--shell", s.shell, "--password", "*", name); err != nil {
		return err
	}
	s.User = name
	s.atEnd(func() {
		if err := removeUser(name); err != nil {
			s.t.Errorf("remove the login user: %v", err)
		}
	})
	u, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	return os.Chown(s.Home, uid, -1)
}

// removeUser ends what a login user left running, and removes the user.
func removeUser(name string) error {
	if u, err := user.Lookup(name); err == nil {
		endUser(u.Uid)
	}
	_ = os.Remove(sudoersFile(name)) // there is none but after Sudoers
	return retryAccount("userdel", "--force", name)
}

// endUser kills every process of a user, by its real identity.
func endUser(uid string) {
	all, err := processes()
	if err != nil {
		return
	}
	for _, p := range all {
		info, err := os.Stat(filepath.Join("/proc", strconv.Itoa(p.PID)))
		if err != nil {
			continue
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && strconv.Itoa(int(stat.Uid)) == uid {
			_ = syscall.Kill(p.PID, syscall.SIGKILL)
		}
	}
}

// removeStaleUsers takes away the users of test binaries that were killed.
func removeStaleUsers() {
	text, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, ":")
		rest, ours := strings.CutPrefix(name, userPrefix)
		digits, _, _ := strings.Cut(rest, "x")
		pid, err := strconv.Atoi(digits)
		if ours && err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = removeUser(name) // it may be another binary that does it
		}
	}
}

// retryAccount runs useradd or userdel, again where another one holds the
// lock of the password file (exit status 1, useradd(8)) or is just changing it.
func retryAccount(name string, args ...string) error {
	const tries = 20 // each waits for the lock for some seconds itself
	for try := 1; ; try++ {
		out, err := exec.Command(Program(name), args...).CombinedOutput()
		if err == nil {
			return nil
		}
		if try == tries || !bytes.Contains(out, []byte("try again later")) {
			return fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(out))
		}
	}
}
