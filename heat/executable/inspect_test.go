package executable

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// foreignELF returns the test's own program with another machine's number.
func foreignELF(t *testing.T) []byte {
	t.Helper()
	b := ownELF(t)
	binary.NativeEndian.PutUint16(b[18:], 0x7777)
	return b
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func ownELF(t *testing.T) []byte {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("no ELF here")
	}
	b, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestInspectRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data, want string
		code             int
	}{
		{"foreign machine", string(foreignELF(t)), "another machine", 126},
		{"truncated in its header", string(ownELF(t)[:40]), "truncated", 126},
		{"only the magic number", "\x7fELF", "truncated", 126},
		{"truncated in its segments", string(ownELF(t)[:5000]), "truncated", 126},
		{"NUL bytes", "exit 1\n\x00\x01\x02", "NUL", 126},
		{"empty", "", "empty", 126},
		{"CRLF", "#!/bin/sh\r\nexit 1\r\n", "carriage return", 127},
		{"CRLF behind env", "#!/usr/bin/env sh\r\nexit 1\r\n", "carriage return", 127},
		{"missing interpreter", "#!/nowhere/sh -e\nexit 1\n", "/nowhere/sh", 127},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "file")
		write(t, path, tt.data)
		err := Inspect(path)
		if err == nil || !strings.Contains(err.Error(), tt.want) || ExitCode(err) != tt.code {
			t.Errorf("%s: %v, want %q and exit code %d", tt.name, err, tt.want, tt.code)
		}
		if err := Explain(path, errors.New("other")); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: explained by %v", tt.name, err)
		}
	}
}

func TestInspectAcceptsWhatRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, data := range map[string]string{
		"script": "#!/bin/sh\nexit 0\n", "blank": "#! /bin/sh -e\nexit 0\n", "bare": "exit 0\n", "elf": string(ownELF(t)),
		"utf-8": "# Prüfung\nexit 0\n", "CR in the body": "#!/bin/sh\nexit 0\r\n",
	} {
		path := filepath.Join(dir, name)
		write(t, path, data)
		if err := Inspect(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Inspect(fifo); err != nil { // does not block
		t.Errorf("fifo: %v", err)
	}
	if err := Inspect(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01"), int64(7))
	f.Add([]byte("#!/bin/sh\n"), int64(10))
	f.Add([]byte(strings.Repeat("\x7fELF\x02\x01\xff\xff", 16)), int64(-1))
	f.Fuzz(func(t *testing.T, head []byte, size int64) {
		problem := describe(head, size)
		if len(head) > 0 && size > 0 && strings.IndexByte(string(head), 0) >= 0 && head[0] != 0x7f && !isMachO(head) && problem == "" {
			t.Error("NUL bytes pass as text")
		}
	})
}
