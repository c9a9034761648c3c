package flags

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func testOptions() options {
	return options{
		long: map[string]option{
			"hosts": {takesValue: true, placeholder: "LIST"}, "out": {takesValue: true, placeholder: "PATH"}, "threshold": {takesValue: true, placeholder: "N"},
			"quiet": {}, "no-label": {}, "user": {takesValue: true, placeholder: "NAME"}, "username": {takesValue: true, name: "user"},
			"option": {takesValue: true, placeholder: "OPTION"},
			"color":  {takesValue: true, bare: "always", words: []string{"auto", "always", "never"}},
		},
		short: map[rune]string{'h': "hosts", 'w': "hosts", 'q': "quiet", 'N': "no-label", 'l': "user", 'o': "option"},
	}
}

func TestNormalize(t *testing.T) {
	for _, c := range []struct {
		args, want string // words, joined with blanks
	}{
		{"", ""},
		{"-h a uname -h b", "--hosts=a uname -h b"},
		{"-ha uname", "--hosts=a uname"},
		{"-w a -out=x/ uname", "--hosts=a --out=x/ uname"},
		{"-out x uname", "--out=x uname"},
		{"-threshold 3", "--threshold=3"},
		{"--hosts=a --out b c", "--hosts=a --out=b c"},
		{"-Nqh a x", "--no-label --quiet --hosts=a x"},
		{"-Nq x", "--no-label --quiet x"},
		{"-h -x cmd", "--hosts=-x cmd"},
		{"-h a,-b cmd", "--hosts=a,-b cmd"},
		{"--out=-h=node1 cmd", "--out=-h=node1 cmd"},
		{"--user -5 cmd", "--user=-5 cmd"},
		{"-o -oUser=x cmd", "--option=-oUser=x cmd"},
		{"-o User=x cmd", "--option=User=x cmd"},
		{"--color cmd", "--color=always cmd"},
		{"--color never cmd", "--color=never cmd"},
		{"--color -q cmd", "--color=always --quiet cmd"},
		{"--color", "--color=always"},
		{"-quiet x -quiet", "--quiet x -quiet"},
		{"--username u x", "--username=u x"},
		{"--quiet=false x", "--quiet=false x"},
		{"-h a -- -q", "--hosts=a -- -q"},
		{"-- heat", "-- heat"},
		{"- x", "- x"},
		{"-Z a", "-Z a"},
		{"-qZ a", "-qZ a"},
		{"--hots a", "--hots a"},
		{"--out= x", "--out= x"},
	} {
		got, err := normalize(strings.Fields(c.args), testOptions())
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
		} else if diff := cmp.Diff(strings.Fields(c.want), got.words); diff != "" && len(got.words)+len(c.want) > 0 {
			t.Errorf("%q: %s", c.args, diff)
		}
	}
}

func TestNormalizeRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"-h":                      "-h: missing value\nhint: -h LIST",
		"-q --hosts":              "--hosts: missing value\nhint: --hosts LIST",
		"-out":                    "-out: missing value\nhint: -out PATH",
		"-Nl":                     "-l: missing value\nhint: -l NAME",
		"--out -h=node1 reboot":   "--out: missing value before -h=node1\nhint: --out PATH; if -h=node1 is the value: --out=-h=node1",
		"-l --out x":              "-l: missing value before --out\nhint: -l NAME; if --out is the value: --user=--out",
		"-out -hnode1 x":          "-out: missing value before -hnode1\nhint: -out PATH; if -hnode1 is the value: --out=-hnode1",
		"--threshold -qN x":       "--threshold: missing value before -qN\nhint: --threshold N; if -qN is the value: --threshold=-qN",
		"--hosts -- x":            "--hosts: missing value before --\nhint: --hosts LIST",
		"-o -o User=x":            "-o: missing value before -o\nhint: -o OPTION; if -o is the value: --option=-o",
		"--user -username=x echo": "--user: missing value before -username=x\nhint: --user NAME; if -username=x is the value: --user=-username=x",
	} {
		if got, err := normalize(strings.Fields(args), testOptions()); err == nil || err.Error() != want {
			t.Errorf("%q: %q, %v; want the error %q", args, got, err, want)
		}
	}
}

// FuzzNormalize: the command's words are never touched, what is in form
// stays as it is, and nothing is lost or invented.
func FuzzNormalize(f *testing.F) {
	f.Add("-h\x00a\x00uname\x00-h\x00b")
	f.Add("-Nqha\x00--\x00x")
	f.Add("--out=\x00-\x00-w")
	f.Fuzz(func(t *testing.T, joined string) {
		args := strings.Split(joined, "\x00")
		got, err := normalize(args, testOptions())
		if err != nil {
			return
		}
		again, err := normalize(got.words, testOptions())
		if err != nil || !slices.Equal(got.words, again.words) {
			t.Fatalf("normalize(%q) = %q, and of that %q, %v", args, got.words, again.words, err)
		}
		command := slices.IndexFunc(got.words, func(w string) bool { return len(w) < 2 || w[0] != '-' || w == "--" })
		if command >= 0 && !slices.Equal(got.words[command:], args[len(args)-len(got.words[command:]):]) {
			t.Fatalf("normalize(%q) = %q: the command was touched", args, got.words)
		}
	})
}

// The Python clsh took its options anywhere, and by their beginnings.
func TestNormalizeCompat(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.compat = []string{"-h", "-i", "--hostfile", "--user", "--out", "--err", "--help"}
	o.long["hostfile"], o.long["err"] = option{takesValue: true}, option{takesValue: true}
	o.long["interactive"], o.short['i'] = option{}, "interactive"
	for args, want := range map[string]string{
		"ls -l /tmp -h a":       "--hosts=a ls -l /tmp",
		"echo --us u -i x":      "--user=u --interactive echo x",
		"--us u -q echo --o=f":  "--user=u --quiet --out=f echo",
		"echo --h x --ho f":     "--hostfile=f echo --h x",
		"echo --quiet -q -hb":   "echo --quiet -q -hb",
		"echo -- -h a":          "echo -- -h a",
		"-- echo -h a":          "-- echo -h a",
		"echo - -h a -":         "--hosts=a echo - -",
		"--nosuch echo -h a":    "--nosuch echo -h a",
		"echo --nosuch --er= x": "--err= echo --nosuch x",
	} {
		got, err := normalize(strings.Fields(args), o)
		if s := strings.Join(got.words, " "); s != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", args, s, err, want)
		}
	}
}

// So did the Python heat. A whole name is that option, also where it begins another's.
func TestNormalizeHeatCompat(t *testing.T) {
	t.Parallel()
	o := options{
		long:  map[string]option{"quiet": {}, "interval": {takesValue: true}, "script": {takesValue: true}},
		short: map[rune]string{'i': "interval", 's': "script"}, compat: []string{
			"-i", "-s", "--pid", "--signal", "--fail", "--threshold", "--recovery", "--recovery-timeout", "--fault-signal", "--success-signal", "--help",
		},
	}
	for _, name := range []string{"pid", "signal", "fail", "threshold", "recovery", "recovery-timeout", "fault-signal", "success-signal"} {
		o.long[name] = option{takesValue: true}
	}
	for args, want := range map[string]string{
		"true -i 2 x":            "--interval=2 true x",
		"-i 2 curl -sf --pi 3":   "--interval=2 --pid=3 curl -sf",
		"true --recovery r":      "--recovery=r true",
		"true --recovery=r":      "--recovery=r true",
		"true --recovery- 3":     "--recovery-timeout=3 true",
		"true --rec r":           "true --rec r",
		"true --fa r --fai f":    "--fail=f true --fa r",
		"true --s HUP --su USR1": "--success-signal=USR1 true --s HUP",
		"--th 2 true --quiet":    "--threshold=2 true --quiet",
		"--quiet true -s x -s":   "",
		"curl -- -s x --pid 3":   "curl -- -s x --pid 3",
		"-- curl -s x":           "-- curl -s x",
	} {
		got, err := normalize(strings.Fields(args), o)
		if s := strings.Join(got.words, " "); (err == nil && s != want) || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v; want %q", args, s, err, want)
		}
	}
}
