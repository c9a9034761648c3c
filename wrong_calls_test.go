package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWrongCalls compares what wrong calls of both tools print, and their exit status, with
// testdata/wrong_calls.golden. Each line "$ CALL" of it is run by a shell in a directory with the
// files below; `CLSH_TEST_UPDATE=1 go test -run TestWrongCalls .` writes what follows it.
// No call reaches a host or runs a check: each would leave the file "ran".
func TestWrongCalls(t *testing.T) {
	t.Parallel()
	const file = "testdata/wrong_calls.golden"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := wrongCallsDir(t)
	var got strings.Builder
	for line := range strings.Lines(string(text)) {
		call, isCall := strings.CutPrefix(line, "$ ")
		switch {
		case isCall:
			got.WriteString(line + runWrongCall(t, dir, call))
		case strings.HasPrefix(line, "#"):
			got.WriteString(line)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("one of the calls ran something")
	}
	if got.String() == string(text) {
		return
	}
	if os.Getenv("CLSH_TEST_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s (-the file +the tools):\n%s", file, cmp.Diff(strings.Split(string(text), "\n"), strings.Split(got.String(), "\n")))
}

// wrongCallsDir returns a directory with the files that the calls name.
func wrongCallsDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"groups":       "[web]\nweb1\nweb2\n[database]\ndb1\n[cache]\ncache1\n",
		"hosts.txt":    "node1\nnode2\n",
		"bad.txt":      "node1\nnode2 node3\n",
		"empty.txt":    "# none yet\n",
		"check":        "#!/bin/sh\n",
		"id_key":       "a key\n",
		"broken.jsonl": "{\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runWrongCall runs a call and returns what it prints and its exit status.
func runWrongCall(t *testing.T, dir, call string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", strings.TrimSuffix(call, "\n")+" </dev/null")
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // there is no terminal, also where the tests have one
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "GORACE=atexit_sleep_ms=0"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // the last run is that of a terminal, if there is one
	out, err := cmd.CombinedOutput()
	exit, status := (*exec.ExitError)(nil), 0
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	// The machine may have groups of its own.
	out = regexp.MustCompile(`(@web, @database, @cache)(, \S+)*`).ReplaceAll(out, []byte("$1"))
	out = regexp.MustCompile(`(?m)^hint: known groups: @all$`).ReplaceAll(out, []byte("hint: no host file has a section, and no group source is configured"))
	return fmt.Sprintf("%sexit status %d\n\n", out, status)
}
