package acceptance

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"clsh/runner/sshtest"
)

// TestMain builds both tools and puts them at the head of PATH. The tests run at the top of the
// tree. The test binary itself plays the ProxyCommand of hosts behind a link.
func TestMain(m *testing.M) {
	testscript.Main(built{m}, map[string]func(){sshtest.RelayName: relay})
}

// relay is the ProxyCommand of the hosts behind a link.
func relay() {
	if err := sshtest.Relay(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// built runs tests with the tools in PATH.
type built struct{ tests testscript.TestingM }

// Run builds the tools, runs the tests, and returns their exit status.
func (b built) Run() int {
	dir, err := os.MkdirTemp("", "clsh-built-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = errors.Join(os.Chdir(filepath.Join("..", "..")), build(dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return b.tests.Run()
}

// build builds the program into dir, with the race detector if the tests have it.
func build(dir string) error {
	args := []string{"build", "-buildvcs=false", "-o", filepath.Join(dir, "clsh")}
	if raceDetector {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build clsh: %w\n%s", err, out)
	}
	if err := os.Symlink("clsh", filepath.Join(dir, "heat")); err != nil {
		return err
	}
	return os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}
