package options

import (
	"strings"
	"testing"
)

func TestWrongCallsOfProbesAndPings(t *testing.T) {
	t.Chdir(t.TempDir())
	script(t, ".", "yes", "")
	for args, want := range map[string]string{
		"--probe tcp://h:1 true":            `--probe: cannot be combined with the command "true"`,
		"--probe tcp://h:1 -s ./yes":        "--probe: cannot be combined with --script",
		"--probe tcp://h":                   `--probe: "tcp://h": the port is missing`,
		"--probe tcp://h --simulate ok":     `--probe: "tcp://h": the port is missing`,
		"--ping x true":                     "--ping: not an http:// or https:// URL",
		"--probe tcp://h:1 --ping http://h": "",
		"--probe tcp://h:1 --simulate ok":   "",
	} {
		_, err := configure(t, strings.Fields(args)...)
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
