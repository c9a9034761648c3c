package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clsh/heat"
	"clsh/heat/failover"
	"clsh/hosts"
)

func TestParseFile(t *testing.T) {
	_, err := parseFile(tool(&System{System: heat.System{Name: "heat"}}), `
interval = 10
threshold = 3
fail-of = ""
jitter = "5%"
[check.web]
command = "curl -fsS http://localhost/"
interval = 2.5
needs = ["db"]
init-is-no-key-here = 1
`, hosts.System{})
	if err == nil || !strings.Contains(err.Error(), "check.web: unknown key init-is-no-key-here\nhint: keys are the long options; see heat --help") {
		t.Errorf("%v", err)
	}
	checks, err := parseFile(tool(&System{System: heat.System{Name: "heat"}}), `
interval = 10
threshold = 3
recovery = "true"
[check.web]
command = "curl -fsS http://localhost/"
interval = 2.5
needs = "db"
[check.db]
command = ["pg_isready", "-q"]
timeout = "1m"
`, hosts.System{})
	if err != nil || len(checks) != 2 {
		t.Fatalf("%v, %v", checks, err)
	}
	db, web := checks[0], checks[1]
	if db.Name != "db" || web.Name != "web" || db.Settings == web.Settings {
		t.Errorf("%+v, %+v", db, web)
	}
	if diff := cmp.Diff([]string{"db"}, web.Needs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"pg_isready", "-q"}, db.Command.Command); diff != "" {
		t.Error(diff)
	}
	if db.Command.Interval.String() != "10" || web.Command.Interval.String() != "2.5" || *db.Command.Threshold != 3 || db.Command.Timeout.String() != "60" ||
		web.Command.Timeout != nil || web.Command.Recovery != "true" {
		t.Errorf("%+v, %+v", db.Command, web.Command)
	}
}

func TestWrongFiles(t *testing.T) {
	for text, want := range map[string]string{
		"x":                                           "line 1",
		"command = 'true'":                            "command: belongs into the table of a check",
		"needs = ['x']":                               "needs: belongs into the table",
		"check = 1":                                   "check is no table\nhint: a check is a table [check.NAME]",
		"[checks.web]":                                `unknown table "checks"`,
		"[check]\nweb = 1":                            "check.web is no table",
		"[check.web.x]\ny = 1":                        `check.web: unknown table "x"`,
		"format = 'json'\n[check.a]":                  "format: is for the command line\nhint: heat --format --config FILE",
		"[check.a]\nname = 'b'":                       "check.a: name: the name of a check is that of its table",
		"[check.a]\nonce = true":                      "check.a: once: is for the command line",
		"[check.a]\ninterval = 'x'":                   `check.a: interval: "x" is not a duration`,
		"[check.a]\ninterval = true":                  "check.a: interval: wrong value: true",
		"[check.a]\nthreshold = 1.5":                  "check.a: threshold: ",
		"[check.a]\ninterval = [1]":                   "check.a: interval: wrong value: a list",
		"[check.a]\nneeds = 1":                        "check.a: needs: neither a text nor a list",
		"from = 'a'":                                  "from: belongs into the table of a check",
		"[check.a]\nfrom = 'a['":                      "check.a: from: ",
		"[check.a]\nfrom = '@no-such-group'":          "check.a: from: unknown group",
		"[check.a]\nfrom = ''":                        "check.a: from: is empty",
		"[check.a]\nfrom = ['a']":                     "check.a: from: neither a text nor a number",
		"[check.a]\nfrom = 'a'\nquorum = 18":          `check.a: quorum: "18" is no part of the voters`,
		"[check.a]\nfrom = 'a[1-3]'\nquorum-min = 4":  `check.a: quorum-min: "4" of 3 places`,
		"[check.a]\nfrom = 'a'\nplace-fall = 0":       `check.a: place-fall "0": must be a number, at least 1`,
		"[check.a]\nfrom = 'a'\nssh-config = '/no'":   "check.a: ssh-config: stat /no: no such file",
		"[check.a]\nfrom = 'a'\nprobe = 'tcp://b:1'":  "check.a: from: does not go with probe",
		"[check.a]\ncommand = [1]":                    "check.a: command: not a list of texts",
		"[check.a]\ntreshold = 1":                     "check.a: unknown key treshold\nhint: did you mean threshold?",
		"[check.a]\ni = 1":                            "check.a: unknown key i\nhint: did you mean interval?",
		"[check.a]\ncommand='true'\n[check.a]\nx = 1": "already been defined",
	} {
		_, err := parseFile(tool(&System{System: heat.System{Name: "heat"}}), text, hosts.System{Etc: t.TempDir(), Home: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestConfigGoesWithFewOptions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"once": "", "format": "", "interval": "--interval: cannot be combined with --config", "log": "--log: cannot"} {
		cmd := commandLine{}
		cmd.Typed = map[string]bool{"config": true, name: true}
		err := cmd.checkConfig()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cmd := commandLine{}
	cmd.Command.Command = []string{"true"}
	if err := cmd.checkConfig(); err == nil || !strings.HasPrefix(err.Error(), `--config: cannot be combined with the command "true"`) {
		t.Error(err)
	}
}

func TestParseSwitch(t *testing.T) {
	parse := func(text string) ([]heat.FileCheck, error) {
		return parseFile(tool(&System{System: heat.System{Name: "heat"}}), "threshold = 3\nrecovery = 'true'\nstate = 'x/'\n"+text, hosts.System{})
	}
	checks, err := parse("[check.site]\nprimary = 'a'\nsecondary = 'b'\nfailover = './f'\nfailback = './b'\nhold = 30\nrise = 2\n")
	if err != nil {
		t.Fatal(err)
	}
	s := checks[0]
	if diff := cmp.Diff(&failover.Switch{Primary: "a", Secondary: "b", Failover: "./f", Failback: "./b", Hold: s.Switch.Hold}, s.Switch); diff != "" || s.Switch.Hold.String() != "30" {
		t.Errorf("%s, %v", diff, s.Switch.Hold)
	}
	if *s.Command.Rise != 2 || s.Command.State != "x/" || s.Command.Threshold != nil {
		t.Errorf("%+v", s.Command)
	}
	for text, want := range map[string]string{
		"[check.s]\nprimary = 'a'\ncommand = 'x'": "check.s: command: does not go with primary and secondary",
		"[check.s]\nprimary = 1":                  "check.s: primary: not a text",
		"[check.s]\nprimary = 'a'\nhold = 'x'":    `check.s: hold: "x" is not a duration`,
		"[check.s]\ncommand = 'x'\nhold = 3":      "check.s: unknown key hold",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
