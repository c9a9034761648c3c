package hook

import (
	"os"
	"testing"
)

// TestMain makes the test binary the process behind the gate.
func TestMain(m *testing.M) {
	if IsGate(os.Args) {
		os.Exit(Gate(os.Args, os.Stderr))
	}
	os.Exit(m.Run())
}

// script writes an executable.
func script(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}
