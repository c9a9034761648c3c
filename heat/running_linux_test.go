package heat

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// slowRecovery makes a recovery that ends when something is written into go.
func slowRecovery(t *testing.T, dir string) {
	t.Helper()
	script(t, dir, "recover", "echo begun >>steps; read x <go; echo finished >>steps")
	if err := syscall.Mkfifo(filepath.Join(dir, "go"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func letGo(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("on\n"), 0); err != nil {
		t.Fatal(err)
	}
}

// TestOneRecoveryOverRestarts kills heat during a recovery and starts it again,
// twice.
func TestOneRecoveryOverRestarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	slowRecovery(t, dir)
	args := []string{"-i", "0.05", "--state", "state", "--lock", "lock", "--threshold", "1", "--recovery", "./recover", "false"}
	r := start(t, dir, args...)
	eventually(t, "the recovery runs", func() bool { return r.file("steps") == "begun\n" })
	for range 2 {
		r.signal(syscall.SIGKILL)
		r.wait()
		r = start(t, dir, args...)
		eventually(t, "the next heat waits for it", func() bool { return r.err.lines("is still running; waiting for it to end") == 1 })
	}
	if got := r.file("steps"); got != "begun\n" || r.out.String() != "" {
		t.Errorf("beside the recovery: steps %q, standard output %q", got, r.out)
	}
	letGo(t, dir)
	eventually(t, "its end is reported", func() bool { return r.err.lines("has ended\n") == 1 })
	eventually(t, "the next one begins", func() bool { return strings.Count(r.file("steps"), "begun") == 2 })
	if got := r.file("steps"); got != "begun\nfinished\nbegun\n" {
		t.Errorf("steps %q", got)
	}
	r.signal(syscall.SIGTERM)
	letGo(t, dir)
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
}

// TestAnEarlierRecoveryEnds ends one that another heat began in each of the
// ways in which heat ends its own.
func TestAnEarlierRecoveryEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, option, want string
		end                func(r *running)
	}{
		{"second signal", "", "has ended\n", func(r *running) {
			r.signal(syscall.SIGTERM)
			eventually(t, "heat says what it waits for", func() bool { return r.err.lines("a second signal ends it") == 1 })
			r.signal(syscall.SIGTERM)
		}},
		{"limit", "--hook-timeout=0.2", "has ended at --hook-timeout\n", func(*running) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, mark := t.TempDir(), newMark(t)
			script(t, dir, "recover", "echo begun >>steps; exec env TORTURE="+mark+" sleep 1000")
			args := []string{"-i", "0.05", "--state", "state", "--kill-after", "0.1", "--threshold", "1", "--recovery", "./recover"}
			r := start(t, dir, append(args, "false")...)
			eventually(t, "the recovery runs", func() bool { return len(marked(t, mark)) == 1 })
			r.signal(syscall.SIGKILL)
			r.wait()
			if tt.option != "" {
				args = append(args, tt.option)
			}
			r = start(t, dir, append(args, "true")...)
			eventually(t, "heat waits", func() bool { return r.err.lines("waiting for it to end") == 1 })
			tt.end(r)
			eventually(t, "its end is reported", func() bool { return r.err.lines(tt.want) == 1 })
			if n := len(marked(t, mark)); n != 0 {
				t.Errorf("%d processes left", n)
			}
		})
	}
}
