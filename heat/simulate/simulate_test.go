package simulate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/heat/options"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

func TestSimulateGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".golden"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// The first line is the call.
			call, want, _ := strings.Cut(string(text), "\n")
			cfg, err := configure(t, strings.Fields(strings.TrimPrefix(call, "$ heat"))...)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			if code := Run(cfg, &got); code != 0 {
				t.Errorf("exit status %d", code)
			}
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(file, []byte(call+"\n"+got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func parse(args ...string) (*options.Command, error) {
	cmd := &options.Command{}
	k, err := kong.New(cmd, kong.Name("heat"))
	if err != nil {
		return nil, err
	}
	_, err = k.Parse(args)
	return cmd, err
}

// configure checks a command line.
func configure(t *testing.T, args ...string) (*options.Settings, error) {
	t.Helper()
	cmd, err := parse(args...)
	if err != nil {
		return nil, err
	}
	return cmd.Settings()
}
