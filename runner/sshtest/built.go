package sshtest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Built is a testscript.TestingM that runs Tests in the directory Top, the module's, with clsh and heat,
// built from there, at the head of PATH.
//
// They have the race detector if the tests have it and CLSH_TEST_FULL is set: with it a program takes
// four times as long to start, and the tests start thousands.
//
// If CLSH_TEST_BIN names a directory that has them, Run builds nothing: scripts/test builds them once
// for all packages.
type Built struct {
	Tests interface{ Run() int }
	Top   string
	// Errors gets what goes wrong.
	Errors io.Writer
}

// Run builds the tools, makes the keys of all Sites, runs the tests, and returns their exit status.
func (b Built) Run() int {
	dir, err := os.MkdirTemp("", "clsh-built-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = b.prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(b.Errors, err)
		return 1
	}
	return b.Tests.Run()
}

// prepare changes the directory and the environment of the tests, and puts what they need into dir.
func (b Built) prepare(dir string) error {
	if err := os.Chdir(b.Top); err != nil {
		return err
	}
	bin := os.Getenv("CLSH_TEST_BIN")
	if bin == "" {
		bin = dir
		if err := build(bin); err != nil {
			return err
		}
	}
	if err := os.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH")); err != nil {
		return err
	}
	if Program("ssh-keygen") == "" {
		return nil // Need says so
	}
	for _, name := range []string{"host_key", "client_key", "other_key"} {
		if err := makeKey(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return os.Setenv(keysVariable, dir)
}

// build builds the program into dir.
func build(dir string) error {
	args := []string{"build", "-buildvcs=false", "-o", filepath.Join(dir, "clsh")}
	if raceDetector && Full() {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build clsh: %w\n%s", err, out)
	}
	return os.Symlink("clsh", filepath.Join(dir, "heat"))
}
