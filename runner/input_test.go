package runner

import (
	"os"
	"strings"
	"sync"
	"testing"

	"clsh/runner/conn"
)

func TestInput(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text := strings.Repeat("0123456789abcde\n", 20_000)
	cfg, rec := config(t, 5, "", `case $CLSH_RANK in 3) exec head -n 1;; *) exec cat;; esac`)
	cfg.Fanout = 2
	if cfg.Input, err = conn.NewInput(r, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer cfg.Input.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = w.WriteString(text)
		w.Close()
	})
	run(t, cfg)
	wg.Wait()
	for rank := range cfg.Hosts {
		want := text
		if rank == 3 {
			want = text[:16]
		}
		if got := rec.Text(rank); got != want {
			t.Errorf("host %d: %d bytes came back, want %d", rank, len(got), len(want))
		}
	}
	if err := cfg.Input.Err(); err != nil {
		t.Error(err)
	}
}

// TestInputStaysOpen: nobody waits for input that no command wants.
func TestInputStaysOpen(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	cfg, rec := config(t, 2, "", "echo out")
	if cfg.Input, err = conn.NewInput(r, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer cfg.Input.Close()
	run(t, cfg)
	if rec.Text(0) != "out\n" || rec.Text(1) != "out\n" {
		t.Errorf("%q, %q", rec.Text(0), rec.Text(1))
	}
}
