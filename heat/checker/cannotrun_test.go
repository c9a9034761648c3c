package checker

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"clsh/heat/policy"
)

func TestCouldNotRunIsNotHasFailed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no ELF here")
	}
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	cut := string(own[:5000])
	binary.NativeEndian.PutUint16(own[18:], 0x7777) // another machine's number
	tests := []struct {
		name, data, want string
		code             int
	}{
		{"foreign machine", string(own), "another machine", 126},
		{"truncated in its segments", cut, "truncated", 126},
		{"NUL bytes", "exit 1\n\x00\x01\x02", "NUL", 126},
		{"empty", "", "empty", 126},
		{"CRLF", "#!/bin/sh\r\nexit 1\r\n", "carriage return", 127},
		{"CRLF behind env", "#!/usr/bin/env sh\r\nexit 1\r\n", "carriage return", 127},
		{"missing interpreter", "#!/nowhere/sh -e\nexit 1\n", "/nowhere/sh", 127},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "check")
			write(t, path, tt.data, 0o755)
			both(t, Spec{Path: path, Args: []string{path}}, func(t *testing.T, c *Checker) {
				t.Helper()
				rep := await(t, c.Start())
				if rep.Outcome != policy.CannotRun || rep.Code != tt.code || rep.Err == nil || !strings.Contains(rep.Err.Error(), tt.want) {
					t.Errorf("got %+v", rep)
				}
			})
		})
	}
}
