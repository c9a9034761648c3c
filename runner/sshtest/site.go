package sshtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Site is a set of hosts that exist only for one test. Its methods may be
// called until the test's cleanups run.
type Site struct {
	// Dir holds all that the Site needs. Home is in it: the far side's home
	// directory, where rc files are read, empty unless RC was given.
	Dir, Home string
	// User is the name that the ssh_config logs in as.
	User string
	// Mark is in the environment of every process of the far side, and of
	// those of the near side that were started with Env.
	Mark string

	t       testing.TB
	sshd    string
	shell   string // the login shell; "" is the user's own
	client  string // text of the ssh_config before what New puts there
	server  string // the same of the sshd_config
	rc      string
	profile string

	mu        sync.Mutex
	hosts     []string // Host blocks of the ssh_config, the latest first
	addressed string   // the names whose blocks have an address, as patterns that leave them out
	daemons   []*Daemon
	frozen    []Process
	ends      []func() // run in reverse order at the end
}

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

// Config returns the path of the ssh_config, for clsh's --ssh-config or
// ssh's -F. Hosts that are given a fate later appear in it at once.
func (s *Site) Config() string { return filepath.Join(s.Dir, "ssh_config") }

// KnownHosts returns the path of the file of host keys that ssh reads and
// writes here. At first it knows the key of every host.
func (s *Site) KnownHosts() string { return filepath.Join(s.Dir, "known_hosts") }

// Env returns the environment of this process with the Site's mark, and
// without the variables that would change what clsh or ssh do.
func (s *Site) Env() []string {
	env := []string{"SSHTEST_SITE=" + s.Mark, "GORACE=atexit_sleep_ms=0", "HOME=" + s.Home, "SHELL=/bin/sh"}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "CLSH_") && !strings.HasPrefix(name, "SSH_") && name != "GORACE" && name != "HOME" && name != "XDG_CONFIG_HOME" && name != "SHELL" {
			env = append(env, v)
		}
	}
	return env
}

// Log returns what the servers have logged so far.
func (s *Site) Log() string {
	text, err := os.ReadFile(s.log())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (s *Site) log() string { return filepath.Join(s.Dir, "sshd.log") }

func (s *Site) must(what string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
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

// keygen makes key pairs in the directory.
func (s *Site) keygen(names ...string) {
	s.t.Helper()
	for _, name := range names {
		cmd := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", filepath.Join(s.Dir, name))
		if out, err := cmd.CombinedOutput(); err != nil {
			s.t.Fatalf("ssh-keygen %s: %v: %s", name, err, out)
		}
	}
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
		signalAll(marked(all, s.Mark), syscall.SIGKILL)
	}
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i]()
	}
	if err := os.RemoveAll(s.Dir); err != nil {
		s.t.Errorf("remove the site: %v", err)
	}
}

// quote returns word as one word of a POSIX shell.
func quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
