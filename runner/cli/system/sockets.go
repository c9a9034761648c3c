package system

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"clsh/runner/cli/usage"
	"clsh/runner/conn"
)

// plainPath matches paths that mean themselves in a ControlPath (ssh_config(5):
// blanks, quotes, tokens and variables do not).
var plainPath = regexp.MustCompile(`^/[-_=./:@+,a-zA-Z0-9]+$`)

// SocketDir returns the private directory of the sockets of connections that are
// kept, in XDG_RUNTIME_DIR or else among the temporary files; it makes it.
func (sys *System) SocketDir() (string, error) {
	tried := []string{}
	for _, dir := range []string{
		filepath.Join(sys.Getenv("XDG_RUNTIME_DIR"), "clsh"),
		filepath.Join(os.TempDir(), fmt.Sprintf("clsh-%d", sys.UID)),
	} {
		if !filepath.IsAbs(dir) {
			continue
		}
		tried = append(tried, dir)
		if len(dir) <= conn.MaxSocketDir && plainPath.MatchString(dir) {
			return dir, makePrivate(dir, sys.UID)
		}
	}
	return "", usage.Errorf("--persist: no socket can be made in %s: the path is too long, or has a special character\nhint: set XDG_RUNTIME_DIR or TMPDIR to a short path", strings.Join(tried, " or "))
}

// makePrivate makes dir where it is missing. One that is there must be the
// caller's own, and nobody else's: whoever can put a socket there can answer for
// every host.
func makePrivate(dir string, uid int) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return usage.Errorf("--persist: make a private directory: %w\nhint: set XDG_RUNTIME_DIR to a directory of yours", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return usage.Errorf("--persist: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return usage.Errorf("--persist: %s is not a directory\nhint: remove it, or set XDG_RUNTIME_DIR", dir)
	case ok && int(stat.Uid) != uid, info.Mode().Perm()&0o077 != 0:
		return usage.Errorf("--persist: %s is not yours alone (mode %04o)\nhint: remove it, or set XDG_RUNTIME_DIR", dir, info.Mode().Perm())
	}
	return nil
}
