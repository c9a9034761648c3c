package hook

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestNothingPassesAClosedGate ends heat, as far as the gate sees, before the hook's process was
// written down.
func TestNothingPassesAClosedGate(t *testing.T) {
	dir := t.TempDir()
	script(t, filepath.Join(dir, "recover"), "touch ran")
	for _, pass := range []bool{false, true} {
		p, g, err := startGate(&exec.Cmd{Path: "./recover", Args: []string{"./recover"}, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if pass {
			g.pass()
		} else {
			g.open.Close()
		}
		code := p.Reap().Code
		_, err = os.Stat(filepath.Join(dir, "ran"))
		if ran := err == nil; ran != pass || (code == 0) != pass {
			t.Errorf("open %v: ran %v, exit code %d", pass, ran, code)
		}
		if err := g.failure(); err != nil {
			t.Error(err)
		}
	}
}

// TestAHookThatCannotStart has it behind the gate.
func TestAHookThatCannotStart(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		code int
		ran  bool
	}{
		"gone":        {"", 127, false},
		"no #! line":  {"exit 7\n", 7, true},
		"NUL bytes":   {"\x00\x01\x02", 126, false},
		"interpreter": {"#!/no/such\n", 127, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "recover")
			if tt.text != "" {
				if err := os.WriteFile(path, []byte(tt.text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			h := Hook{text: path, path: path, args: []string{path, "a"}}
			held := 0
			end := <-h.Start(Spec{Env: os.Environ(), Grace: time.Second, Hold: func(pid int) { held = pid }}).Done()
			if end.Code != tt.code || (end.Err == nil) != tt.ran || held == 0 {
				t.Errorf("got %+v, process %d", end, held)
			}
		})
	}
}
