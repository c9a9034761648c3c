package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/remote"
)

// dryRun prints for each host a line that does the same when it is pasted into
// a shell. The file of defaults is not there then: what ssh makes of it is asked
// (ssh -G) and stands in the line.
func (c *Command) dryRun(sys *System, cfg runner.Config) (code int, err error) {
	dir, err := os.MkdirTemp(cfg.TempDir, "clsh-")
	if err != nil {
		return 0, fmt.Errorf("make a private directory: %w (TMPDIR names another place)", err)
	}
	defer os.RemoveAll(dir)
	var out strings.Builder
	for rank, host := range cfg.Hosts {
		file := filepath.Join(dir, "config")
		if err := os.WriteFile(file, []byte(cfg.Defaults.Config(hosts.List{host})), 0o600); err != nil {
			return 0, fmt.Errorf("write the configuration for ssh: %w", err)
		}
		ssh := cfg.SSH
		ssh.ConfigFile = file
		granted, err := granted(ssh, host, sys.Environ)
		if err != nil {
			return 0, err
		}
		ssh.ConfigFile = cfg.Defaults.UserConfig
		ssh.TTY = cfg.TTY
		ssh.Options = slices.Concat(granted, cfg.SSH.Options)
		command := cfg.Command
		if !cfg.Raw {
			command = remote.WithoutAgent(host.Name, rank, len(cfg.Hosts), cfg.NoLogin, cfg.Command)
		}
		out.WriteString(remote.Quote(ssh.Args(host, command)))
		if !cfg.TTY {
			out.WriteString(" </dev/null")
		}
		out.WriteByte('\n')
	}
	return 0, write(sys.Stdout, out.String())
}

// granted returns the defaults as ssh resolves them for host. -o names them as
// the first value, which is the one that counts.
func granted(ssh remote.SSH, host hosts.Host, environ []string) ([]string, error) {
	text, err := settings(ssh, host, environ)
	if err != nil {
		return nil, err
	}
	return remote.Granted(text), nil
}

// settings asks ssh for its settings for host (ssh -G).
func settings(ssh remote.SSH, host hosts.Host, environ []string) ([]byte, error) {
	args := ssh.Args(host, "")
	query := append([]string{"-G"}, args[1:]...)
	cmd := exec.Command(args[0], query...)
	cmd.Env = environ
	var said bytes.Buffer
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil {
		return nil, usage("ask ssh for the settings of %s (ssh -G): %w: %s", host.Name, err, bytes.TrimSpace(said.Bytes()))
	}
	return text, nil
}
