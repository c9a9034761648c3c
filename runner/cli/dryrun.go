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
// (ssh -G) and stands in the line.
func (c *Command) dryRun(sys *system.System, cfg runner.Config) (code int, err error) {
	dir, err := os.MkdirTemp(cfg.TempDir, "clsh-")
	if err != nil {
		return 0, fmt.Errorf("make a private directory: %w"+spool.TempHint, err)
	}
	defer os.RemoveAll(dir)
	var out strings.Builder
	for rank, host := range cfg.Hosts {
		if cfg.Via != nil && cfg.Via(host) != nil {
			out.WriteString(viaLine(cfg, rank))
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
		command := cfg.Command
		if !cfg.Raw {
			command = remote.WithoutAgent(host.Name, rank, len(cfg.Hosts), cfg.NoLogin, cfg.Become, cfg.Command)
		}
		out.WriteString(remote.Quote(ssh.Args(host, command)))
		if !ssh.TTY {
			out.WriteString(" </dev/null")
		}
		out.WriteByte('\n')
	}
	return 0, usage.Write(sys.Stdout, out.String())
}

// viaLine returns that line for a host that another client than ssh reaches.
func viaLine(cfg runner.Config, rank int) string {
	host := cfg.Hosts[rank]
	command := remote.WithoutAgent(host.Name, rank, len(cfg.Hosts), cfg.NoLogin, cfg.Become, cfg.Command)
	return remote.Quote(append(cfg.Via(host).Client(host, rank), "sh", "-c", command)) + " </dev/null\n"
}
