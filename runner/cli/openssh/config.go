package openssh

import (
	"bytes"
	"fmt"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"clsh/hosts"
	"clsh/runner/files"
	"clsh/runner/remote"
)

// SystemConfig is the configuration of the machine.
const SystemConfig = "/etc/ssh/ssh_config"

// ConfigPath returns the file of --ssh-config as an absolute path: ssh reads a relative one from
// ~/.ssh. None stays none.
func ConfigPath(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	// ssh reads it again for each host: what is in a FIFO would be for one of them.
	file, err := files.Open(name, files.Regular)
	if err != nil {
		return "", fmt.Errorf("--ssh-config %q: %w", name, files.Bare(err))
	}
	defer file.Close()
	path, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("--ssh-config: %w", err)
	}
	if strings.ContainsAny(path, "\"\n*?[") {
		return "", fmt.Errorf("--ssh-config %q: ssh cannot include a file of this name\nhint: quotes, line breaks and * ? [ are special in it", path)
	}
	return path, nil
}

// Lines returns the lines of the ssh configuration that begin with one of the
// keywords. Its ~ is the home directory of the user database. Where they are not
// known, only ssh can say what holds, which also tells what is wrong with them.
func Lines(userConfig string, keywords ...string) ([]hosts.SSHSetting, error) {
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	if userConfig == "" {
		userConfig = filepath.Join(me.HomeDir, ".ssh", "config")
	}
	return hosts.SSHSettings(me.HomeDir, []string{userConfig, SystemConfig}, keywords...)
}

// settings asks ssh for its settings for host (ssh -G).
func settings(ssh remote.SSH, host hosts.Host, environ []string) ([]byte, error) {
	args := slices.Insert(ssh.Args(host, ""), len(ssh.Program), "-G")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = environ
	var said bytes.Buffer
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("ask ssh for the settings of %s (ssh -G): %w: %s", host.Name, err, bytes.TrimSpace(said.Bytes()))
	}
	return text, nil
}

// Granted returns the defaults as ssh resolves them for host. -o names them as
// the first value, which is the one that counts.
func Granted(ssh remote.SSH, host hosts.Host, environ []string) ([]string, error) {
	text, err := settings(ssh, host, environ)
	if err != nil {
		return nil, err
	}
	return remote.Granted(text), nil
}
