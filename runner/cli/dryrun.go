package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/cli/openssh"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/remote"
	"clsh/runner/spool"
)

// dryRun prints for each host a line that does the same when it is pasted into
// a shell. The file of defaults is not there then: what ssh makes of it is asked
// (ssh -G) and is part of the line.
func (c *Command) dryRun(sys *system.System, cfg runner.Config) (code int, err error) {
	dir, err := os.MkdirTemp(cfg.TempDir, "clsh-")
	if err != nil {
		return 0, fmt.Errorf("make a private directory: %w"+spool.TempHint, err)
	}
	defer os.RemoveAll(dir)
	var out strings.Builder
	for rank, host := range cfg.Hosts {
		command := cfg.Command
		if !cfg.Raw {
			command = remote.WithoutAgent(host.Name, rank, len(cfg.Hosts), cfg.NoLogin, cfg.Become, cfg.Command)
		}
		if cfg.Via != nil && cfg.Via(host) != nil { // another client than ssh reaches it
			out.WriteString(remote.Quote(append(cfg.Via(host).Client(host, rank), "sh", "-c", command)) + " </dev/null\n")
			continue
		}
		file := filepath.Join(dir, "config")
		if err := os.WriteFile(file, []byte(cfg.Defaults.Config(hosts.List{host})), 0o600); err != nil {
			return 0, fmt.Errorf("write the configuration for ssh: %w", err)
		}
		ssh := cfg.SSH
		ssh.ConfigFile = file
		granted, err := openssh.Granted(ssh, host, sys.Environ)
		if err != nil {
			return 0, usage.Errorf("%w", err)
		}
		ssh.ConfigFile = cfg.Defaults.UserConfig
		ssh.TTY = cfg.TTY || cfg.Become.Asks() // there sudo asks by itself
		ssh.Options = slices.Concat(granted, cfg.SSH.Options)
		out.WriteString(remote.Quote(ssh.Args(host, command)))
		if !ssh.TTY {
			out.WriteString(" </dev/null")
		}
		out.WriteByte('\n')
	}
	return 0, usage.Write(sys.Stdout, out.String())
}
