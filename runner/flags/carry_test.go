package flags

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type carriedOptions struct {
	Fanout  int           `default:"64" env:"-"`
	Option  []string      `sep:"none" env:"-"`
	Timeout time.Duration `default:"5s" env:"-"`
	Go      bool          `env:"-"`
	Port    *int          `env:"-"`
	User    string        `type:"name" env:"-" was:"login"`
}

// carried parses a call.
func carried(t *testing.T, args ...string) (*carriedOptions, Carried) {
	t.Helper()
	var cmd carriedOptions
	tool := &Tool{Name: "tool", Env: "CARRYTEST", Stdout: new(bytes.Buffer)}
	_, parsed, err := tool.Parse(&cmd, args)
	if err != nil {
		t.Fatal(err)
	}
	return &cmd, Carried{parsed.Options, parsed.Origins}
}

// What a call sets, a later one takes over, but for what it sets itself.
func TestCarried(t *testing.T) {
	t.Parallel()
	port := 22
	for _, test := range []struct {
		first, then string
		words       string
		want        carriedOptions
	}{
		{"", "", "", carriedOptions{Fanout: 64, Timeout: 5 * time.Second}},
		{"--fanout=3 --go --option=a=b --option=c=\xff --timeout=90 --port=22 --user=me", "",
			"--fanout=3 --option=a=b --option=c=\xff --timeout=1m30s --go --port=22 --user=me",
			carriedOptions{3, []string{"a=b", "c=\xff"}, 90 * time.Second, true, &port, "me"}},
		{"--fanout=3 --go --option=a=b --option=c", "--fanout=9 --option=d --go=false",
			"--fanout=3 --option=a=b --option=c --go",
			carriedOptions{Fanout: 9, Option: []string{"d"}, Timeout: 5 * time.Second}},
		{"--go=false --fanout=64", "", "--fanout=64 --go=false", carriedOptions{Fanout: 64, Timeout: 5 * time.Second}},
	} {
		_, c := carried(t, strings.Fields(test.first)...)
		words := c.Words()
		if got := strings.Join(words, " "); got != test.words {
			t.Errorf("%q: %q, want %q", test.first, got, test.words)
		}
		cmd, again := carried(t, strings.Fields(test.then)...)
		if err := again.TakeOver(words, "run x"); err != nil {
			t.Errorf("%q, then %q: %v", test.first, test.then, err)
		}
		if diff := cmp.Diff(test.want, *cmd); diff != "" {
			t.Errorf("%q, then %q (-want +got):\n%s", test.first, test.then, diff)
		}
		for _, word := range words {
			name, _, _ := strings.Cut(word[2:], "=")
			if again.Origins[name].Rank < FromRecord {
				t.Errorf("%q, then %q: %s is from %v", test.first, test.then, name, again.Origins[name])
			}
		}
	}
}

// What a variable or the configuration file sets, and the run did not, is not taken.
func TestCarriedOverVariables(t *testing.T) {
	t.Parallel()
	cmd, c := carried(t, "--fanout=9", "--go")
	c.Origins["fanout"] = Origin{FromVariable, "X"}
	c.Origins["go"] = Origin{FromFile, "y:1"}
	if err := c.TakeOver([]string{"--go=false"}, "run x"); err != nil {
		t.Fatal(err)
	}
	if cmd.Fanout != 64 || cmd.Go || c.Origins["fanout"].Rank != FromDefault || c.Origins["go"].Where != "run x" {
		t.Errorf("%+v, %v", *cmd, c.Origins)
	}
}

// A record names an option as it was called then.
func TestTakeOverOldName(t *testing.T) {
	t.Parallel()
	cmd, c := carried(t, "--login=he")
	if cmd.User != "he" {
		t.Errorf("--login sets %q", cmd.User)
	}
	if err := c.TakeOver([]string{"--login=me"}, "run x"); err != nil || cmd.User != "he" {
		t.Errorf("what was typed became %q, %v", cmd.User, err)
	}
	cmd, c = carried(t)
	if err := c.TakeOver([]string{"--login=me"}, "run x"); err != nil || cmd.User != "me" || c.Origins["user"].Rank != FromRecord {
		t.Errorf("taken over: %q, from %v, %v", cmd.User, c.Origins["user"], err)
	}
}

func TestTakeOverRefuses(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"--nothing=1": "not one of this clsh", "fanout=1": "not one of this clsh", "--fanout": "not one of this clsh", "": "not one of this clsh",
		"--fanout=x": "--fanout: \"x\" is not a whole number", "--timeout=-1": "--timeout", "--user=": "empty",
	} {
		_, c := carried(t)
		if err := c.TakeOver([]string{word}, "run x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", word, err, want)
		}
	}
}
