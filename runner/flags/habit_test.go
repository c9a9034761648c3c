package flags

import (
	"strings"
	"testing"
)

func habitOptions() options {
	o := testOptions()
	o.addHabits([]Habit{
		{Spellings: "-n --nostdin"},
		{Spellings: "-L", Becomes: "--no-label --quiet=false", Last: true},
		{Spellings: "-H", TakesValue: true, Becomes: "--hosts=%s"},
		{Spellings: "-A --askpass", Problem: "no password", Hint: "a key"},
		{Spellings: "-O", TakesValue: true, Values: []Habit{
			{Spellings: "user", Becomes: "--user=%s"},
			{Spellings: "maxrc fd_max"},
			{Spellings: "worker", Problem: "no worker", Hint: "ssh"},
			{Spellings: "*", Becomes: "--option=%s"},
		}},
	})
	return o
}

func TestHabits(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-n x -n":               "x -n",
		"--nostdin -h a x":      "--hosts=a x",
		"-qn x":                 "--quiet x",
		"-Lq x":                 "--quiet --no-label --quiet=false x",
		"-qL x":                 "--quiet --no-label --quiet=false x",
		"-qHa x":                "--quiet --hosts=a x",
		"-H a,-b x":             "--hosts=a,-b x",
		"-O user=u -O maxrc=1":  "--user=u",
		"-O fd_max -OA=b=c x":   "--option=A=b=c x",
		"-h a -- -A":            "--hosts=a -- -A",
		"-h a x -A --askpass":   "--hosts=a x -A --askpass",
		"--out=-A x":            "--out=-A x",
		"-A x":                  "error -A: no password\nhint: a key",
		"-nostdin x":            "--option=stdin x",
		"-hostdin x":            "--hosts=ostdin x",
		"-askpass":              "-askpass",
		"-qA x":                 "error -A: no password\nhint: a key",
		"--askpass x":           "error --askpass: no password\nhint: a key",
		"-O worker=x":           "error -O worker=x: no worker\nhint: ssh",
		"--nostdin=no x":        "error --nostdin: takes no value",
		"-H= x":                 "--hosts== x",
		"-O user= x":            "error -O user=: missing value",
		"-O user x":             "error -O user: missing value",
		"-H":                    "error -H: missing value\nhint: -H VALUE",
		"-H -q x":               "error -H: missing value before -q\nhint: -H VALUE",
		"--out -n x":            "error --out: missing value before -n\nhint: --out PATH; if -n is the value: --out=-n",
		"-qnZ x":                "-qnZ x",
		"--nostdi x":            "--nostdi x",
		"\u2013h a x":           "\u2013h a x",
		"-h a x \u2013y --nope": "--hosts=a x \u2013y --nope",
	} {
		got, err := normalize(strings.Fields(args), habitOptions())
		s := strings.Join(got.words, " ")
		if err != nil {
			s = "error " + err.Error()
		}
		if s != want {
			t.Errorf("%q: %q, want %q", args, s, want)
		}
	}
}

// The Python clsh took --host for --hostfile, which it begins.
func TestHabitsCompat(t *testing.T) {
	t.Parallel()
	o := habitOptions()
	o.addHabits([]Habit{{Spellings: "--host", TakesValue: true, Becomes: "--hosts=%s"}})
	o.long["hostfile"] = option{takesValue: true}
	o.compat = []string{"-h", "--hostfile"}
	for args, want := range map[string]string{
		"--host f echo":       "--hostfile=f echo",
		"echo --host f":       "--hostfile=f echo",
		"-n -H a echo -n":     "--hosts=a echo -n",
		"echo -H a --nostdin": "echo -H a --nostdin",
	} {
		got, err := normalize(strings.Fields(args), o)
		if s := strings.Join(got.words, " "); s != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", args, s, err, want)
		}
	}
}

// An option is unknown only in front of the command.
func TestUnknownOption(t *testing.T) {
	t.Parallel()
	o := habitOptions()
	for args, want := range map[string]string{
		"--hots a":      "--hots: unknown option\nhint: the nearest option is --hosts; clsh --help shows all",
		"-hots a":       "",
		"--quiett=x":    "--quiett: unknown option\nhint: the nearest option is --quiet; clsh --help shows all",
		"-quite":        "-quite: unknown option\nhint: the nearest option is --quiet; clsh --help shows all",
		"--nostdi x":    "--nostdi: unknown option\nhint: clsh --help shows all options",
		"-Z x":          "-Z: unknown option\nhint: clsh --help shows all options",
		"-qZ x":         "-Z: unknown option, in -qZ\nhint: clsh --help shows all options",
		"\u2014q x":     "\u2014q: unknown option\nhint: its dash is not the - of the keyboard; for a command of that name: clsh -- \u2014q",
		"-q=x y":        "-q: takes no value",
		"-Nq=x y":       "-Nq: takes no value",
		"x --hots -Z":   "",
		"-- --hots":     "",
		"-- \u2014q":    "",
		"-h a x \u2013": "",
	} {
		n, err := normalize(strings.Fields(args), o)
		got := ""
		if n.unknown != "" {
			got = o.unknownOption("clsh", n.unknown).Error()
		}
		if got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", args, got, err, want)
		}
	}
}

func TestAsTyped(t *testing.T) {
	t.Parallel()
	tool := Tool{typed: map[string]string{"fanout": "-f", "retry": "CLSH_RETRY", "hosts": "-w", "out": "-out"}, short: map[rune]string{'h': "hosts", 'B': "gather-both"}}
	for text, want := range map[string]string{
		"--fanout 0: must":                        "-f 0: must",
		"--retry -1: must":                        "CLSH_RETRY -1: must",
		"--out: cannot be combined with --fanout": "-out: cannot be combined with -f",
		"--fanout: x\nhint: --fanout N":           "-f: x\nhint: --fanout N",
		"-h: bad\n  --fanout\n  ^":                "-w: bad\n  --fanout\n  ^",
		"-B: bad -h":                              "-B: bad -h",
		"--fanouts: bad":                          "--fanouts: bad",
		"no option":                               "no option",
	} {
		if got := tool.AsTyped(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
