package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-shellwords"
	"golang.org/x/sys/unix"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/conn"
	"clsh/runner/files"
	"clsh/runner/remote"
)

const (
	defaultUser    = "ubuntu"      // the original's
	defaultKey     = "ssh-key.pem" // the original's
	systemConfig   = "/etc/ssh/ssh_config"
	connectDefault = 5 * time.Second
	tickEvery      = 200 * time.Millisecond
	// sshLongest is the longest time that ssh takes: it counts seconds in an int.
	sshLongest = math.MaxInt32 * time.Second
)

// config checks the options and returns the run that they ask for.
func (c *Command) config(sys *System, list hosts.List, command string) (runner.Config, error) {
	if err := c.check(); err != nil {
		return runner.Config{}, err
	}
	fanout, err := c.fanout(sys)
	if err != nil {
		return runner.Config{}, err
	}
	options, err := c.connection(sys, list)
	if err != nil {
		return runner.Config{}, err
	}
	cfg := runner.Config{
		Options: options, Command: command,
		Fanout: fanout, KeepGoing: c.KeepGoing, Retry: c.Retry, RetryFor: 3 * max(c.ConnectTimeout, connectDefault),
		SpawnRate: c.SpawnRate, ReadyTimeout: c.ReadyTimeout, Timeout: c.Timeout, KillAfter: c.KillAfter,
		LostAfterStart: sys.profile().session, Tick: tickEvery,
	}
	cfg.Processors, cfg.OnBusy = oneProcessor()
	return cfg, nil
}

// check refuses values and combinations that make no sense.
func (c *Command) check() error {
	for _, rule := range []struct {
		broken bool
		reason string
	}{
		{c.Fanout < 1, fmt.Sprintf("--fanout %d: must be at least 1", c.Fanout)},
		{c.Retry < 0, fmt.Sprintf("--retry %d: must not be negative", c.Retry)},
		{c.SpawnRate < 0, fmt.Sprintf("--spawn-rate %d: must not be negative\nhint: 0 is no limit", c.SpawnRate)},
		{value(c.Port) < 1 || value(c.Port) > 65535, fmt.Sprintf("--port %d: must be from 1 to 65535\nhint: -f N is the number of hosts at a time", value(c.Port))},
		{c.Persist > sshLongest, fmt.Sprintf("--persist %s: ssh takes 68 years at most", c.Persist)},
		{c.ConnectTimeout > sshLongest, fmt.Sprintf("--connect-timeout %s: ssh takes 68 years at most", c.ConnectTimeout)},
		{c.TTY && c.Stdin, "--tty: cannot be combined with --stdin\nhint: a terminal would change the input; leave out --tty"},
		{c.TTY && c.Raw, "--tty: cannot be combined with --raw\nhint: -o RequestTTY=force makes ssh open a terminal"},
		{c.DryRun && c.Stdin, "--dry-run: cannot be combined with --stdin\nhint: the lines that it prints read no input"},
	} {
		if rule.broken {
			return usage("%s", rule.reason)
		}
	}
	return nil
}

// value returns what p points to, or 1.
func value(p *int) int {
	if p == nil {
		return 1
	}
	return *p
}

// minProcesses is how many processes and threads a user must be allowed, beside
// hostProcesses for each host at a time: ssh, a ProxyCommand, a thread. With fewer, Go
// cannot start a thread when it has to, and dies of that with a trace.
const minProcesses, hostProcesses = 64, 3

// processFanout returns the fan-out that the limit of processes allows (getrlimit(2),
// RLIMIT_NPROC, which does not bind root); 0: none. What else the user runs counts,
// too, but nobody knows for how long.
func processFanout() int {
	var limit unix.Rlimit
	switch {
	case os.Geteuid() == 0, unix.Getrlimit(unix.RLIMIT_NPROC, &limit) != nil:
		return math.MaxInt
	case limit.Cur < minProcesses:
		return 0
	}
	return max(1, (int(min(limit.Cur, 1<<20))-minProcesses)/hostProcesses)
}

// fanout returns the fan-out that the limits of open files and processes allow.
func (c *Command) fanout(sys *System) (int, error) {
	most, what := conn.MaxFanout(), "open files than this process may have (ulimit -n)"
	if most == 0 {
		return 0, usage("ulimit -n: fewer than %d open files are allowed\nhint: raise the hard limit: ulimit -n 1024 as root, LimitNOFILE= in a unit", conn.MinFiles)
	}
	if n := processFanout(); n == 0 {
		return 0, usage("ulimit -u: fewer than %d processes are allowed\nhint: raise the limit: ulimit -u 1024, nproc in /etc/security/limits.conf, TasksMax= in a unit", minProcesses)
	} else if n < most {
		most, what = n, "processes than this user may have (ulimit -u)"
	}
	if c.Fanout > most && !c.Quiet {
		fmt.Fprintf(sys.Stderr, "Note: a fan-out of %d needs more %s; using %d\n", c.Fanout, what, most)
	}
	return min(c.Fanout, most), nil
}

// sshProgram splits --ssh as a shell splits words, and finds the program.
func sshProgram(command string) ([]string, error) {
	parser := shellwords.NewParser()
	words, err := parser.Parse(command)
	switch {
	case err != nil:
		return nil, usage("--ssh %q: %w", command, err)
	case parser.Position >= 0:
		return nil, usage("--ssh %q: shell operators are not supported\nhint: put them into a script", command)
	case len(words) == 0:
		return nil, usage("--ssh: no program given")
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, usage("--ssh %q: program not found\nhint: install OpenSSH's client (openssh-client, openssh-clients)", words[0])
	}
	words[0] = path
	return words, nil
}

// versionLimit is for a program in place of ssh that does not know -V.
const versionLimit = 5 * time.Second

// sshVersion asks ssh which one it is; what does not answer as OpenSSH does
// counts as a current one.
func sshVersion(program, environ []string) remote.Version {
	ctx, cancel := context.WithTimeout(context.Background(), versionLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program[0], append(program[1:len(program):len(program)], "-V")...)
	cmd.Env = environ
	text, _ := cmd.CombinedOutput()
	return remote.ParseVersion(string(text))
}

// userConfig returns --ssh-config as an absolute path: ssh reads a relative
// one from ~/.ssh.
func (c *Command) userConfig() (string, error) {
	if c.SSHConfig == "" {
		return "", nil
	}
	// ssh reads it again for each host: what is in a FIFO would be for one of them.
	file, err := files.Open(c.SSHConfig, files.Regular)
	if err != nil {
		return "", usage("--ssh-config %q: %w", c.SSHConfig, bare(err))
	}
	defer file.Close()
	path, err := filepath.Abs(c.SSHConfig)
	if err != nil {
		return "", usage("--ssh-config: %w", err)
	}
	if strings.ContainsAny(path, "\"\n*?[") {
		return "", usage("--ssh-config %q: ssh cannot include a file of this name\nhint: quotes, line breaks and * ? [ are special in it", path)
	}
	return path, nil
}

// identity returns the private key: the one named, else ssh-key.pem here or
// beside the program where it is and can be trusted.
func (c *Command) identity(sys *System) (string, error) {
	if c.Identity != "" {
		return c.Identity, usableKey(c.Identity, sys.UID)
	}
	var refused fs.FileInfo
	for _, path := range []string{defaultKey, sys.besideExecutable(defaultKey)} {
		info, err := os.Lstat(path)
		if path == "" || errors.Is(err, fs.ErrNotExist) || err == nil && refused != nil && os.SameFile(info, refused) {
			continue
		}
		if err := hosts.Trusted(path, sys.UID); err != nil {
			var broken *fs.PathError // of a link
			if errors.As(err, &broken) {
				err = broken.Err // the path is in the note
			}
			if refused = info; !c.Quiet {
				sys.tell("Note: %s is not used: %s", path, err)
			}
			continue
		}
		return path, usableKey(path, sys.UID)
	}
	return "", nil
}

// usableKey tells before anything runs what ssh would only tell for each host:
// it refuses a key of the caller's that others can read (sshkey_perm_ok). Each ssh
// reads it again, which a FIFO does not allow.
func usableKey(path string, uid int) error {
	file, err := files.Open(path, files.Regular)
	if err != nil {
		return usage("--identity %q: %w", path, bare(err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return usage("--identity %q: %w", path, bare(err))
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(stat.Uid) == uid && info.Mode().Perm()&0o077 != 0 {
		return usage("--identity %q: others can read it (mode %04o), so ssh refuses it\nhint: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	return nil
}

// bare takes the operation and the path off an error: the message names the option.
func bare(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
