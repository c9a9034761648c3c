package system

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"clsh/hosts"
	"clsh/runner/files"
	"clsh/runner/flags"
)

// maxConfig is the size of the largest configuration file in bytes.
const maxConfig = 64 << 10

// ConfigFile returns the configuration file: path, that of --config, else config.toml in the
// user's configuration directory, where it is and can be trusted. note says why it is not used.
// none is --no-config.
func (sys *System) ConfigFile(path string, none, compat bool) (file *flags.ConfigFile, note string, err error) {
	named := path != ""
	switch {
	case named && none:
		return nil, "", errors.New("--config and --no-config contradict each other")
	case named && compat:
		return nil, "", errors.New("--config: with CLSH_COMPAT set, clsh reads no configuration file")
	case none || compat:
		return nil, "", nil
	case path == "":
		path = sys.ConfigPath()
	}
	if path == "" {
		return nil, "", nil
	}
	text, err := readConfig(path, sys.UID)
	switch {
	case err == nil:
		return &flags.ConfigFile{Path: path, Text: text, Home: sys.Home}, "", nil
	case named:
		return nil, "", fmt.Errorf("--config %q: %w", path, err)
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return nil, "", nil
	}
	return nil, fmt.Sprintf("Note: %s is not used: %s", path, err), nil
}

// ConfigPath is where the configuration file is if no option names it, or empty where there is no
// place.
func (sys *System) ConfigPath() string { return sys.own("XDG_CONFIG_HOME", ".config", "config.toml") }

// readConfig reads a configuration file that must be Trusted: it can name the program that runs
// in place of ssh. The error does not name the file.
func readConfig(path string, uid int) ([]byte, error) {
	f, err := hosts.OpenTrusted(path, uid)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, files.Bare(err)
	}
	if len(text) > maxConfig {
		return nil, fmt.Errorf("larger than %d KiB", maxConfig>>10)
	}
	return text, nil
}
