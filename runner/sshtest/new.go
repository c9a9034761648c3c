package sshtest

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Option changes what New makes.
type Option func(*Site)

// SSHConfig puts text at the beginning of the ssh_config, where it wins over
// what New writes (ssh_config(5): the first value is used).
func SSHConfig(text string) Option { return func(s *Site) { s.client += text + "\n" } }

// SSHDConfig does the same for sshd_config. It cannot hold a Match block: it
// would swallow the rest.
func SSHDConfig(text string) Option { return func(s *Site) { s.server += text + "\n" } }

// Shell sets the login shell: the name of a program, or "busybox" for its
// sh. The test is skipped where it is missing (see Need).
func Shell(program string) Option { return func(s *Site) { s.shell = program } }

// RC writes text into the file that the login shell reads at its start,
// whichever shell it is; the text has to be in that shell's language.
func RC(text string) Option { return func(s *Site) { s.rc = text } }

// Profile writes text into the file that only a login shell of Shell reads, and
// its login shell always; the text has to be in that shell's language.
func Profile(text string) Option { return func(s *Site) { s.profile = text } }

// Path puts a directory of the far side's home directory before the others in PATH, whatever the login
// reads.
func Path(dir string) Option { return func(s *Site) { s.path = dir } }

// New makes a Site that is taken down at the end of the test, with every
// process that carries its mark. It skips where there is no OpenSSH.
func New(t testing.TB, opts ...Option) *Site {
	t.Helper()
	Need(t, "ssh", "sshd", "ssh-keygen")
	s := &Site{t: t, sshd: Program("sshd"), Mark: Mark()}
	for _, opt := range opts {
		opt(s)
	}
	s.must("make the site's directory", s.makeDir())
	t.Cleanup(s.shutdown)
	s.keygen("host_key", "client_key")
	s.must("choose the login", s.login())
	s.must("write rc files", s.writeRC())
	s.must("write the site's files", s.writeServer())
	s.knownHosts()
	s.must("write the ssh_config", s.writeClient())
	return s
}

// makeDir makes a directory that other users can pass through, unlike
// testing.TB.TempDir: the login users of the shells live in it.
func (s *Site) makeDir() error {
	dir, err := os.MkdirTemp("", "clsh-site-")
	if err != nil {
		return err
	}
	s.Dir, s.Home = dir, filepath.Join(dir, "home")
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		// Privilege separation needs it; distributions make it at boot.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return err
		}
	}
	for _, sub := range []string{s.Home, filepath.Join(dir, "sessions")} {
		if err := os.Mkdir(sub, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// login settles the user and the shell of the far side.
func (s *Site) login() error {
	me, err := user.Current()
	if err != nil {
		return err
	}
	s.User = me.Username
	if s.shell == "" {
		return nil
	}
	if s.shell, err = s.shellPath(); err != nil {
		return err
	}
	if os.Geteuid() == 0 && Program("useradd") != "" {
		return s.addUser()
	}
	return s.forceShell()
}

// shellPath returns where the login shell is. Busybox looks at the name it
// was called by, so its shell needs a name of its own.
func (s *Site) shellPath() (string, error) {
	Need(s.t, s.shell)
	path := Program(s.shell)
	if filepath.Base(path) != "busybox" {
		return path, nil
	}
	link := filepath.Join(s.Dir, "ash")
	return link, os.Symlink(path, link)
}

// forceShell makes sshd run the login shell where there is no user for it.
func (s *Site) forceShell() error {
	script := fmt.Sprintf("SHELL=%s\nexport SHELL\n", quote(s.shell)) +
		"if [ -n \"$SSH_ORIGINAL_COMMAND\" ]; then exec \"$SHELL\" -c \"$SSH_ORIGINAL_COMMAND\"; fi\nexec \"$SHELL\" -l\n"
	path := filepath.Join(s.Dir, "login")
	s.server += "ForceCommand exec sh " + quote(path) + "\n"
	return os.WriteFile(path, []byte(script), 0o644)
}

// writeRC gives the text to whichever file a login shell may read.
func (s *Site) writeRC() error {
	files := map[string]string{}
	if s.rc != "" {
		for _, name := range []string{".profile", ".zshenv", ".tcshrc", ".config/fish/config.fish"} {
			files[name] = s.rc
		}
	}
	if s.profile != "" {
		switch filepath.Base(s.shell) {
		case "zsh":
			files[".zprofile"] = s.profile
		case "fish":
			files[".config/fish/config.fish"] = "if status is-login\n" + s.profile + "\nend"
		case "tcsh":
			files[".login"] = s.profile
		default:
			files[".profile"] = s.profile
		}
	}
	for name, text := range files {
		path := filepath.Join(s.Home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// shutdown ends what is left and removes everything. What the servers
// logged is shown where the test has failed.
func (s *Site) shutdown() {
	if s.t.Failed() {
		lines := strings.SplitAfter(s.Log(), "\n")
		s.t.Logf("the end of sshd's log:\n%s", strings.Join(lines[max(0, len(lines)-30):], ""))
	}
	s.mu.Lock()
	frozen, ends := s.frozen, s.ends
	s.frozen, s.ends = nil, nil
	s.mu.Unlock()
	signalAll(frozen, syscall.SIGCONT)
	if all, err := processes(); err == nil {
		signalAll(s.sessions(all, ""), syscall.SIGKILL)
	}
	// The title of a kept connection lies over its environment, and names the directory.
	if list, err := holding(s.Mark, s.Dir); err == nil {
		signalAll(list, syscall.SIGKILL)
	}
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i]()
	}
	if err := os.RemoveAll(s.Dir); err != nil {
		s.t.Errorf("remove the site: %v", err)
	}
}
