package sshtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
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
	path    string

	mu        sync.Mutex
	hosts     []string // Host blocks of the ssh_config, the latest first
	addressed string   // the names whose blocks have an address, as patterns that leave them out
	daemons   []*Daemon
	frozen    []Process
	ends      []func() // run in reverse order at the end
}

// Daemon is a listening sshd.
type Daemon struct {
	// Port is where it listens, on 127.0.0.1.
	Port int

	name string
	pid  int
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
	env := []string{"SSHTEST_SITE=" + s.Mark, "GORACE=atexit_sleep_ms=0", "HOME=" + s.Home, "XDG_STATE_HOME=" + s.State(), "SHELL=/bin/sh"}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "CLSH_") && !strings.HasPrefix(name, "SSH_") && name != "GORACE" && name != "HOME" && name != "XDG_CONFIG_HOME" && name != "XDG_STATE_HOME" && name != "SHELL" {
			env = append(env, v)
		}
	}
	return env
}

// State returns the directory where clsh keeps records and history: it is made by clsh, and belongs
// to the user of this side.
func (s *Site) State() string { return filepath.Join(s.Dir, "state") }

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

// keygen puts key pairs into the directory: those that the test binary has made once
// for all Sites (Built), or its own.
func (s *Site) keygen(names ...string) {
	s.t.Helper()
	for _, name := range names {
		path := filepath.Join(s.Dir, name)
		if made := os.Getenv(keysVariable); made != "" {
			s.must("copy "+name, errors.Join(copyKey(filepath.Join(made, name), path), copyKey(filepath.Join(made, name+".pub"), path+".pub")))
			continue
		}
		s.must("make "+name, makeKey(path))
	}
}

// keysVariable names the directory of keys that Sites share. They are private to the test binary,
// and gone with it: who has them could log in to a Daemon.
const keysVariable = "CLSH_TEST_KEYS"

// makeKey makes a key pair: of a host as hosts have them, of a user such that OpenSSL has in
// assembly, for each login signs and verifies with it.
func makeKey(path string) error {
	name, kind := filepath.Base(path), "ed25519"
	if name == "client_key" {
		kind = "ecdsa"
	}
	out, err := exec.Command("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ssh-keygen %s: %w: %s", name, err, out)
	}
	return nil
}

// copyKey copies one file of a pair, with its mode.
func copyKey(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}

// atEnd registers what the end of the Site takes back.
func (s *Site) atEnd(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends = append(s.ends, f)
}

// quote returns word as one word of a POSIX shell.
func quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
