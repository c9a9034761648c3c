package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPidfile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", `trap "echo USR2 >>got" USR2; echo >ready; while :; do sleep 0.02; done`)
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	eventually(t, "it is ready", func() bool { _, err := os.Stat(filepath.Join(dir, "ready")); return err == nil })
	pid := cmd.Process.Pid
	name := filepath.Join(dir, "run.pid")
	pids := &Pidfile{Path: name}
	put := func(text string, age time.Duration) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(word string) {
		t.Helper()
		if _, err := pids.Signal(syscall.SIGUSR1); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, want %q", err, word)
		}
	}
	refused("no such file")
	put("", 0)
	refused("is empty")
	put("many\n", 0)
	refused("holds no process number")
	put("-1\n", 0)
	refused("holds no process number")
	put("999999999\n", 0)
	refused("process 999999999")
	// Another process of that number than the one first seen, and one where
	// there was none.
	put(fmt.Sprintf("%d\n", pid), 2*time.Hour)
	for _, first := range []uint64{1, 0} {
		if err := pids.Look(); err != nil {
			t.Fatal(err)
		}
		pids.start = first
		refused("is not the one that pid file")
		put(fmt.Sprintf("%d\n", pid), 3*time.Hour)
	}
	// The file is older or younger than the process by any clock.
	for _, age := range []time.Duration{time.Hour, -time.Hour} {
		put(fmt.Sprintf("%d\n", pid), age)
		if got, err := pids.Signal(0); err != nil || got != pid {
			t.Errorf("age %v: process %d, %v", age, got, err)
		}
	}
	put(fmt.Sprintf(" %d \nmore\n", pid), 0)
	if got, err := pids.Signal(syscall.SIGUSR2); err != nil || got != pid {
		t.Errorf("process %d, %v", got, err)
	}
	eventually(t, "the signal comes", func() bool {
		b, _ := os.ReadFile(filepath.Join(dir, "got"))
		return string(b) == "USR2\n"
	})
}
