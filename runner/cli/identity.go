package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"clsh/hosts"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/files"
)

// defaultKey is the original's key.
const defaultKey = "ssh-key.pem"

// identity returns the private key: the one named, else ssh-key.pem here or
// beside the program where it is and can be trusted.
func (c *Command) identity(sys *system.System) (string, error) {
	if c.Identity != "" {
		return c.Identity, usableKey(c.Identity, sys.UID)
	}
	var refused fs.FileInfo
	for _, path := range []string{filepath.Join(c.keyDir(), defaultKey), sys.BesideExecutable(defaultKey)} {
		info, err := os.Lstat(path)
		if path == "" || errors.Is(err, fs.ErrNotExist) || err == nil && refused != nil && os.SameFile(info, refused) {
			continue
		}
		if err := hosts.Trusted(path, sys.UID); err != nil {
			if refused = info; !c.Quiet {
				sys.Tell("Note: %s is not used: %s", path, files.Bare(err)) // of a broken link the error has the path, too
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
		return usage.Errorf("--identity %q: %w", path, files.Bare(err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return usage.Errorf("--identity %q: %w", path, files.Bare(err))
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(stat.Uid) == uid && info.Mode().Perm()&0o077 != 0 {
		return usage.Errorf("--identity %q: others can read it (mode %04o), so ssh refuses it\nhint: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	return nil
}

// keyDir returns the directory in which the default key of a run is looked for.
func (c *Command) keyDir() string {
	if c.again == nil || c.again.SameDir() {
		return ""
	}
	return c.again.Cwd
}
