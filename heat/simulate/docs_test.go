package simulate

import (
	"os"
	"strings"
	"testing"

	"github.com/mattn/go-shellwords"
)

// TestExamples simulates each call of heat in the documents' examples.
func TestExamples(t *testing.T) {
	calls := map[string]int{}
	for _, file := range []string{"../../docs/heat.md", "../../packaging/man/heat.1"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.NewReplacer("\\e\n", "", `\-`, "-", `\(aq`, "'")
		for line := range strings.Lines(plain.Replace(string(text))) {
			line = strings.TrimSpace(line)
			if call, ok := strings.CutPrefix(line, "heat -"); ok && !strings.HasPrefix(call, " ") {
				calls[file]++
				trySimulation(t, "-"+call)
			}
			if options, ok := strings.CutPrefix(line, "HEAT_OPTIONS="); ok {
				trySimulation(t, strings.Trim(options, `"`))
			}
		}
		if calls[file] < 3 {
			t.Errorf("%s has %d examples", file, calls[file])
		}
	}
}

func trySimulation(t *testing.T, call string) {
	t.Helper()
	words, err := shellwords.Parse(call)
	if err != nil {
		t.Errorf("%s: %v", call, err)
		return
	}
	cmd, err := parse(words...)
	if err != nil {
		t.Errorf("%s: %v", call, err)
		return
	}
	if cmd.Simulate == "" {
		cmd.Simulate = "fail*9,ok*9"
	}
	cfg, err := cmd.Settings()
	if err != nil {
		t.Errorf("%s: %v", call, err)
		return
	}
	var out strings.Builder
	if code := Run(cfg, &out); code != 0 || !strings.Contains(out.String(), "check") {
		t.Errorf("%s: exit status %d, %s", call, code, out.String())
	}
}
