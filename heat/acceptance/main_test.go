package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

func TestMain(m *testing.M) { clshtest.Main(m, "../..") }

// start starts heat on a file of checks, in a directory of its own.
func start(t *testing.T, s *sshtest.Site, config string, args ...string) *clshtest.Command {
	t.Helper()
	dir := t.TempDir()
	config = fmt.Sprintf("ssh-config = %q\nlog = \"-\"\n%s", s.Config(), config)
	if err := os.WriteFile(filepath.Join(dir, "checks.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("heat", append(args, "--config", "checks.toml")...)
	cmd.Env, cmd.Dir = s.Env(), dir
	return clshtest.StartCmd(t, cmd)
}

// lines returns the lines of a check, without their times, as many as came up to now.
func lines(c *clshtest.Command, name string) (all []string) {
	for line := range strings.Lines(c.Out.String()) {
		if _, text, is := strings.Cut(strings.TrimSpace(line), ": "+name+": "); is {
			all = append(all, text)
		}
	}
	return all
}

// waitLine waits until the last line of a check begins with want.
func waitLine(t *testing.T, c *clshtest.Command, name, want string) {
	t.Helper()
	sshtest.WaitFor(t, name+": "+want, func() bool {
		all := lines(c, name)
		return len(all) > 0 && strings.HasPrefix(all[len(all)-1], want)
	})
}

// exists reports whether a file is in heat's directory.
func exists(c *clshtest.Command, name string) bool {
	_, err := os.Stat(filepath.Join(c.Cmd.Dir, name))
	return err == nil
}
