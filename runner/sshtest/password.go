package sshtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// NeedSudo is Need for users of the tests' own who may become others: only root can make them.
// Where the tests are not root's, they have nothing to try, and report false.
func NeedSudo(t testing.TB) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("not root: nobody can be allowed to become another user here")
		return false
	}
	Need(t, "sudo", "chpasswd", "useradd")
	return true
}

// Password sets the password of the login user, which Shell has made.
func (s *Site) Password(word string) {
	s.t.Helper()
	cmd := exec.Command(Program("chpasswd"))
	cmd.Stdin = strings.NewReader(s.User + ":" + word + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("chpasswd: %v: %s", err, bytes.TrimSpace(out))
	}
}

// Sudoers lets the login user, which Shell has made, do what the lines say (sudoers(5)); USER
// stands for its name. What sudo starts keeps the Site's mark. What sudo starts as root has a home
// in the Site: root's own profile may do anything, as one that took half a minute did.
func (s *Site) Sudoers(lines ...string) {
	s.t.Helper()
	bin, home := filepath.Join(s.Dir, "sudo-bin"), filepath.Join(s.Dir, "root")
	for _, dir := range []string{bin, home} {
		s.must("make a directory for sudo", os.MkdirAll(dir, 0o755))
	}
	s.must("write the sh that sudo finds", os.WriteFile(filepath.Join(bin, "sh"), fmt.Appendf(nil, `#!/bin/sh
case $HOME in /root) HOME=%s; esac
PATH=${PATH#*:}
export HOME PATH
exec /bin/sh "$@"
`, quote(home)), 0o755))
	text := fmt.Sprintf("Defaults:USER env_keep += SSHTEST_SITE\nDefaults:USER secure_path=%q\n", bin+":"+systemPath) +
		strings.Join(lines, "\n") + "\n"
	s.must("write the sudoers file", os.WriteFile(sudoersFile(s.User), []byte(strings.ReplaceAll(text, "USER", s.User)), 0o440))
}

// systemPath is where sudo looks for programs, as distributions set it.
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// sudoersFile is that of a login user, which goes with it.
func sudoersFile(user string) string { return filepath.Join("/etc/sudoers.d", user) }
