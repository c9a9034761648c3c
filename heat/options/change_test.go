package options

import (
	"strings"
	"testing"
)

func TestWrongCallsOfChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	script(t, ".", "yes", "")
	for args, want := range map[string]string{
		"--fail-of 3/5 true": "--fail-of: needs --recovery",
		"--fail-of 3/5 --threshold 3 --recovery ./yes true":    "--fail-of: cannot be combined with --threshold",
		"--fail-of 5/3 --recovery ./yes true":                  `--fail-of "5/3": not X/Y`,
		"--fail-of 3 --recovery ./yes true":                    `--fail-of "3": not X/Y`,
		"--fail-of 0/3 --recovery ./yes true":                  `--fail-of "0/3": not X/Y`,
		"--fail-of 3/65 --recovery ./yes true":                 `--fail-of "3/65": not X/Y`,
		"--remind 5 true":                                      "--remind: needs --on-change",
		"--remind 0 --on-change ./yes true":                    "--remind 0: must be more",
		"--flap 4 true":                                        `--flap "4": not N/D`,
		"--flap 0/1m true":                                     `--flap "0/1m": not N/D`,
		"--flap 21/1m true":                                    `--flap "21/1m": not N/D`,
		"--flap 4/x true":                                      `--flap "4/x": not N/D`,
		"--flap 4/0 true":                                      `--flap "4/0": not N/D`,
		"--threshold 3 --on-change ./yes --rise 2 true":        "--rise: needs --recovery or --fault-signal",
		"--on-change ./yes --recovery ./yes true":              "--recovery: needs --threshold or --fail-of",
		"--on-change ./none true":                              "Failed: ./none not executable",
		"--until-ok 2 --within 5m --fail-of 2/3 true":          "",
		"--threshold 3 --on-change ./yes --remind 1h true":     "",
		"--fail-of 3/5 --on-change ./yes --flap 20/1h30m true": "",
	} {
		_, err := configure(t, strings.Fields(args)...)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if (want == "") != (err == nil) || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
