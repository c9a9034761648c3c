package cli

import (
	"cmp"
	"os"
	"strconv"

	"clsh/hosts"
	"clsh/runner/conn"
	"clsh/runner/remote"
)

// connection returns how the options say that the hosts are reached.
func (c *Command) connection(sys *System, list hosts.List) (conn.Options, error) {
	program, err := sshProgram(c.SSH)
	if err != nil {
		return conn.Options{}, err
	}
	if err := c.checkOptions(program, sys.Environ); err != nil {
		return conn.Options{}, err
	}
	identity, err := c.identity(sys)
	if err != nil {
		return conn.Options{}, err
	}
	userConfig, err := c.userConfig()
	if err != nil {
		return conn.Options{}, err
	}
	version := sshVersion(program, sys.Environ)
	o := conn.Options{
		Hosts: list,
		SSH: remote.SSH{
			Program: program, Version: version, User: c.User, Identity: identity, Options: c.Option,
			ConnectTimeout: c.ConnectTimeout, LostAfter: c.LostAfter,
		},
		Defaults: remote.Defaults{
			UserConfig: userConfig, SystemConfig: systemConfig, Version: version,
			ConnectTimeout: cmp.Or(c.ConnectTimeout, sys.profile().connect), // a jump host's ssh sees nothing else of -t
			Reasons:        !c.Raw,                                          // there standard error is the command's
		},
		Raw: c.Raw, NoLogin: c.NoLogin, TTY: c.TTY, Verbose: c.Verbose, Quiet: c.Quiet,
		Environ: sys.Environ, TempDir: os.TempDir(),
	}
	o.KeepsKey = keepsKeys(o, sys.Environ)
	if c.Port != nil {
		o.SSH.Port = strconv.Itoa(*c.Port)
	}
	if c.User == "" {
		o.Defaults.User = defaultUser
	}
	if c.Persist > 0 {
		o.Persist = c.Persist
		if o.SocketDir, err = sys.socketDir(); err != nil {
			return conn.Options{}, err
		}
		settings, err := sshSettings(userConfig, conn.SessionKeywords()...)
		o.Settings, o.Mux = settings, err == nil
	}
	if c.TTY {
		rows, cols := sys.Size()
		if rows == 0 || cols == 0 {
			rows, cols = 24, 80 // what a terminal has that nobody has sized
		}
		o.Rows, o.Cols = uint16(rows), uint16(cols)
	}
	return o, nil
}
