package flags

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// testCommand has an option of each type that a configuration file can set.
type testCommand struct {
	Hosts   []string `env:"-"`
	Option  []string `sep:"none"`
	Fanout  int      `short:"f" default:"64"`
	Timeout time.Duration
	Gather  bool
	Color   string `enum:"auto,always,never" default:"auto"`
	Out     string `predictor:"file"`
}

// configure applies a file to a command line without options.
func configure(t *testing.T, text string) (testCommand, Origins, error) {
	t.Helper()
	var cmd testCommand
	tool := &Tool{Name: "tool", Env: "TESTTOOL", Stdout: io.Discard, Config: func() (*ConfigFile, error) {
		return &ConfigFile{Path: "file", Text: []byte(text), Home: "/home/u"}, nil
	}}
	_, parsed, err := tool.Parse(&cmd, nil)
	return cmd, parsed.Origins, err
}

func TestConfigFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string // fields of the command that differ from the defaults
	}{
		{"", ""},
		{"\uFEFF# only a comment", ""},
		{"option = [\"a,b\", \"c d\"]\r\nfanout = 3", `option=["a,b" "c d"] fanout=3`},
		{"option = []", ""},
		{"timeout = 90", "timeout=1m30s"},
		{"timeout = 0.25", "timeout=250ms"},
		{`timeout = "2m"`, "timeout=2m0s"},
		{`timeout = "7"`, "timeout=7s"},
		{"gather = true\ncolor = 'never'", "gather color=never"},
		{"gather = false", ""},
		{`"fanout" = 0x10`, "fanout=16"},
		{`out = "~/run/"`, "out=/home/u/run/"},
		{`out = "~/run"`, "out=/home/u/run"},
		{`out = "~/"`, "out=/home/u/"},
		{`out = "~bob/x"`, "out=~bob/x"},
		{`color = "~/x"`, `file:1: color: unknown value "~/x"`},
		{"fanout = nan", "file:1: fanout: wrong type of value: NaN"},
		{"timeout = inf", `file:1: timeout: "+Inf" is not a duration`},
		{"timeout = 1e99", "file:1: timeout: "},
		{"fanout = true", "file:1: fanout: wrong type of value: true"},
		{"gather = 2026-01-02", "file:1: gather: wrong type of value: a date"},
		{"\n\nout = '''\nx\n'''\n# hosts\nhosts = []", "file:7: hosts cannot be set"},
		{"fanout = 1\x00", "file:1: this is not a text file"},
		{"\n[[gather]]", "file:2: gather is a table"},
		{"gather = {}", "file:1: gather is a table"},
		{"\x1b[31m = 1", "file:1: "},
		{`"\u001b[31m" = 1`, `file:1: unknown key "\x1b[31m"`},
	} {
		cmd, _, err := configure(t, c.text)
		if got := describe(cmd); err != nil && !strings.HasPrefix(err.Error(), c.want) || err == nil && got != c.want {
			t.Errorf("%q: %s, %v; want %s", c.text, got, err, c.want)
		}
		if err != nil && c.want == "" {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

func describe(c testCommand) string {
	var set []string
	if len(c.Option) > 0 {
		set = append(set, fmt.Sprintf("option=%q", c.Option))
	}
	if c.Fanout != 64 {
		set = append(set, fmt.Sprintf("fanout=%d", c.Fanout))
	}
	if c.Timeout != 0 {
		set = append(set, "timeout="+c.Timeout.String())
	}
	if c.Gather {
		set = append(set, "gather")
	}
	if c.Color != "auto" {
		set = append(set, "color="+c.Color)
	}
	if c.Out != "" {
		set = append(set, "out="+c.Out)
	}
	return strings.Join(set, " ")
}

// A message about an option that the file sets says where.
func TestOriginsHints(t *testing.T) {
	t.Parallel()
	_, origins, err := configure(t, "\nfanout = 0\ngather = true")
	if err != nil {
		t.Fatal(err)
	}
	origins["out"] = Origin{FromVariable, "TESTTOOL_OUT"}
	origins["color"] = Origin{Typed, "--color"}
	for message, want := range map[string]string{
		"--fanout 0: too few":        "\nhint: --fanout is set by file:2",
		"--out goes with --gather":   "\nhint: --gather is set by file:3",
		"--out, --out and --outlive": "", // the message names the variable itself
		"--color out fanout":         "",
		"":                           "",
	} {
		if got := origins.Hints(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}

// FuzzConfigFile: no file makes the reader panic, a file that TOML allows has all of its keys
// once and in their order, and each begins on a line of its own that is no comment.
func FuzzConfigFile(f *testing.F) {
	f.Add("fanout = 3\n# x\n\noption = [\n'a', # b\n]\n")
	f.Add("out = \"\"\"\nfanout = 3\"\"\"\r\na.b = 1\n[x]\ny = 2\n[[z]]")
	f.Add("\uFEFFtimeout = 1e3\nuser = '''\n[x]\n'''")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		_, _, err := configure(t, text)
		file := &ConfigFile{Path: "file", Text: []byte(text)}
		settings, bad := file.settings()
		if bad != nil {
			if err == nil {
				t.Fatalf("%q is used in spite of %v", text, bad)
			}
			return
		}
		var all map[string]any
		if _, err := toml.Decode(strings.TrimPrefix(text, "\uFEFF"), &all); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		lines, last := strings.Split(text, "\n"), 0
		found := map[string]bool{}
		for _, s := range settings {
			found[s.key] = true
			if line := strings.TrimSpace(strings.TrimPrefix(lines[s.line-1], "\uFEFF")); s.line <= last || line == "" || line[0] == '#' {
				t.Fatalf("%q: %s is on line %d, after %d", text, s.key, s.line, last)
			}
			last = s.line
			if strings.HasPrefix(strings.TrimSpace(lines[s.line-1]), "[") {
				return // a table, and what is in it; it is refused
			}
		}
		if want := slices.Sorted(maps.Keys(all)); !slices.Equal(want, slices.Sorted(maps.Keys(found))) {
			t.Fatalf("%q has the keys %q, found are %q", text, want, slices.Sorted(maps.Keys(found)))
		}
	})
}
