package cli

import (
	"cmp"
	"errors"
	"os"
	"strconv"

	"clsh/hosts"
	"clsh/runner/cli/openssh"
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
	o := conn.Options{
		Hosts: list, Via: via, Privilege: conn.Privilege{Become: become},
		NoLogin: c.NoLogin, Verbose: c.Verbose, Quiet: c.Quiet, Environ: sys.Environ, TempDir: os.TempDir(),
	}
	if !c.ForAll() {
		err = c.useSSH(sys, port, &o)
	}
	return o, err
}

// useSSH completes o by what the options say about ssh.
func (c *Command) useSSH(sys *system.System, port string, o *conn.Options) error {
	program, err := openssh.Program(c.SSH)
	if err != nil {
		return usage.Errorf("%w", err)
	}
	if err := openssh.CheckOptions(program, sys.Environ, c.Option); err != nil {
		return usage.Errorf("%w", err)
	}
	identity, err := c.identity(sys)
	if err != nil {
		return err
	}
	userConfig, err := openssh.ConfigPath(c.SSHConfig)
	if err != nil {
		return usage.Errorf("%w", err)
	}
	version := openssh.Version(program, sys.Environ)
	o.SSH = remote.SSH{
		Program: program, Version: version, User: c.User, Identity: identity, Options: c.Option,
		Port: port, ConnectTimeout: c.ConnectTimeout, LostAfter: c.LostAfter,
		Password: c.Privilege.AskPass, KnownHosts: c.Privilege.KnownHosts(),
	}
	o.Defaults = remote.Defaults{
		UserConfig: userConfig, SystemConfig: openssh.SystemConfig, Version: version,
		ConnectTimeout: cmp.Or(c.ConnectTimeout, sys.Profile().Connect), // a jump host's ssh sees nothing else of -t
		Reasons:        !c.NoAgent,                                      // there standard error is the command's
	}
	if c.copies != nil || c.fetches != nil {
		o.Defaults.Ciphers = openssh.DataCiphers(program, sys.Environ, version)
	}
	o.Raw, o.TTY = c.NoAgent, c.TTY
	o.KeepsKey = openssh.KeepsKeys(*o, sys.Environ)
	if c.User == "" {
		o.Defaults.User = defaultUser
	}
	if c.Persist > 0 {
		o.Persist = c.Persist
		if o.SocketDir, err = sys.SocketDir(); err != nil {
			return err
		}
		settings, err := openssh.Lines(userConfig, conn.SessionKeywords()...)
		o.Settings, o.Mux = settings, err == nil
	}
	if c.TTY {
		rows, cols := sys.ScreenSize()
		o.Size = conn.Size{Rows: uint16(rows), Cols: uint16(cols)}
	}
	return nil
}

// passwords gets the passwords that the options ask for.
func (c *Command) passwords(sys *system.System, o *conn.Options) (err error) {
	o.Executable = sys.Executable
	o.LoginPassword, o.BecomePassword, err = c.Privilege.Passwords(sys)
	if _, stopped := errors.AsType[*usage.Interrupted](err); err == nil || stopped {
		return err
	}
	return usage.Errorf("%w", err)
}
