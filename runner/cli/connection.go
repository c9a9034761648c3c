package cli

import (
	"cmp"
	"errors"
	"os"
	"strconv"

	"clsh/hosts"
	"clsh/runner/cli/openssh"
	"clsh/runner/cli/privilege"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/conn"
	"clsh/runner/remote"
)

// defaultUser is the original's login name.
const defaultUser = "ubuntu"

// connection returns how the options say that the hosts are reached.
func (c *Command) connection(sys *system.System, list hosts.List) (conn.Options, error) {
	port := ""
	if c.Port != nil {
		port = strconv.Itoa(*c.Port)
	}
	via, err := c.transport(list, port)
	if err != nil {
		return conn.Options{}, err
	}
	become, err := c.Privilege.Become()
	if err != nil {
		return conn.Options{}, usage.Errorf("%w", err)
	}
	if c.ForAll() {
		return conn.Options{
			Hosts: list, Via: via, Privilege: conn.Privilege{Become: become},
			NoLogin: c.NoLogin, Verbose: c.Verbose, Quiet: c.Quiet, Environ: sys.Environ, TempDir: os.TempDir(),
		}, nil
	}
	o, err := c.sshConnection(sys, port)
	o.Hosts, o.Via, o.Become = list, via, become
	return o, err
}

// sshConnection returns what the options say about ssh.
func (c *Command) sshConnection(sys *system.System, port string) (conn.Options, error) {
	program, err := openssh.Program(c.SSH)
	if err != nil {
		return conn.Options{}, usage.Errorf("%w", err)
	}
	if err := openssh.CheckOptions(program, sys.Environ, c.Option); err != nil {
		return conn.Options{}, usage.Errorf("%w", err)
	}
	identity, err := c.identity(sys)
	if err != nil {
		return conn.Options{}, err
	}
	userConfig, err := openssh.ConfigPath(c.SSHConfig)
	if err != nil {
		return conn.Options{}, usage.Errorf("%w", err)
	}
	version := openssh.Version(program, sys.Environ)
	o := conn.Options{
		SSH: remote.SSH{
			Program: program, Version: version, User: c.User, Identity: identity, Options: c.Option,
			Port: port, ConnectTimeout: c.ConnectTimeout, LostAfter: c.LostAfter,
		},
		Defaults: remote.Defaults{
			UserConfig: userConfig, SystemConfig: openssh.SystemConfig, Version: version,
			ConnectTimeout: cmp.Or(c.ConnectTimeout, sys.Profile().Connect), // a jump host's ssh sees nothing else of -t
			Reasons:        !c.NoAgent,                                      // there standard error is the command's
		},
		Raw: c.NoAgent, NoLogin: c.NoLogin, TTY: c.TTY, Verbose: c.Verbose, Quiet: c.Quiet,
		Environ: sys.Environ, TempDir: os.TempDir(),
	}
	o.SSH.Password, o.SSH.KnownHosts = c.Privilege.AskPass, c.Privilege.KnownHosts()
	o.KeepsKey = openssh.KeepsKeys(o, sys.Environ)
	if c.User == "" {
		o.Defaults.User = defaultUser
	}
	if c.Persist > 0 {
		o.Persist = c.Persist
		if o.SocketDir, err = sys.SocketDir(); err != nil {
			return conn.Options{}, err
		}
		settings, err := openssh.Lines(userConfig, conn.SessionKeywords()...)
		o.Settings, o.Mux = settings, err == nil
	}
	if c.TTY {
		rows, cols := sys.Size()
		if rows == 0 || cols == 0 {
			rows, cols = 24, 80 // what a terminal has that nobody has sized
		}
		o.Size = conn.Size{Rows: uint16(rows), Cols: uint16(cols)}
	}
	return o, nil
}

// passwords gets the passwords that the options ask for.
func (c *Command) passwords(sys *system.System, o *conn.Options) (err error) {
	o.Executable = sys.Executable
	o.LoginPassword, o.BecomePassword, err = c.Privilege.Passwords(privilege.World{
		Stdin: sys.Stdin, Stderr: sys.Stderr, Environ: sys.Environ, Signals: sys.Signals,
	})
	if stopped, ok := errors.AsType[*privilege.Interrupted](err); ok {
		return &usage.Interrupted{Signal: stopped.Signal}
	}
	if err != nil {
		return usage.Errorf("%w", err)
	}
	return nil
}

// checkPrivilege refuses options of privilege that make no sense.
func (c *Command) checkPrivilege() error {
	if name := c.Privilege.Any(); name != "" && c.Records.Replay != "" {
		return usage.Errorf("--replay: cannot be combined with --%s\nhint: a replay shows a run again, and runs nothing", name)
	}
	if err := c.Privilege.Check(c.NoAgent); err != nil {
		return usage.Errorf("%w", err)
	}
	return nil
}
