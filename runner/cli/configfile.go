package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"syscall"

	"clsh/hosts"
	"clsh/runner/flags"
)

// maxConfig is the size of the largest configuration file in bytes.
const maxConfig = 64 << 10

// configFile returns the configuration file: the one named by --config, else config.toml in the
// user's configuration directory, where it is and can be trusted. note says why it is not used.
// The options of the command line have their values.
func (a *arguments) configFile(sys *System, compat bool) (file *flags.ConfigFile, note string, err error) {
	path := a.Config
	switch {
	case path != "" && a.NoConfig:
		return nil, "", errors.New("--config and --no-config contradict each other")
	case path != "" && compat:
		return nil, "", errors.New("--config: with CLSH_COMPAT set, clsh reads no configuration file")
	case a.NoConfig || compat:
		return nil, "", nil
	case path == "":
		path = sys.configPath()
	}
	if path == "" {
		return nil, "", nil
	}
	text, err := readConfig(path, sys.UID)
	switch {
	case err == nil:
		return &flags.ConfigFile{Path: path, Text: text, Home: sys.Home}, "", nil
	case a.Config != "":
		return nil, "", fmt.Errorf("--config %q: %w", path, err)
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return nil, "", nil
	}
	return nil, fmt.Sprintf("Note: %s is not used: %s", path, err), nil
}

// configPath is where the configuration file is if no option names it (XDG Base Directory
// Specification), or empty where there is no place.
func (sys *System) configPath() string {
	dir := sys.getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		if sys.Home == "" {
			return ""
		}
		dir = filepath.Join(sys.Home, ".config")
	}
	return filepath.Join(dir, "clsh", "config.toml")
}

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
		return nil, bare(err)
	}
	if len(text) > maxConfig {
		return nil, fmt.Errorf("larger than %d KiB", maxConfig>>10)
	}
	return text, nil
}
