package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	heatcli "clsh/heat/cli"
	"clsh/runner/cli"
	"clsh/runner/flags"
	"clsh/runner/gate"
)

// optionsOfTools returns the options of both tools.
func optionsOfTools(t *testing.T) map[string][]*kong.Flag {
	t.Helper()
	clsh, err := cli.Flags()
	heat, heatErr := heatcli.Flags()
	if err = errors.Join(err, heatErr); err != nil {
		t.Fatal(err)
	}
	return map[string][]*kong.Flag{"clsh": clsh, "heat": heat}
}

// Options that choose hosts, a user, or what is done at all, have no variable: a forgotten one
// must not reach a fleet, nor make a run do nothing. All others have one, which is none
// of those that a command or a hook is given.
func TestVariablesOfOptions(t *testing.T) {
	t.Parallel()
	without := map[string][]string{
		"clsh": {"via", "relay", "relay-via", "serve-relay", "sudo", "as", "hosts", "hostfile", "inventory", "group", "all", "exclude", "pick", "list", "fold", "count", "interactive", "dry-run", "runs", "rerun", "compare", "replay", "copy", "limit-rate", "check", "rcopy", "max-size", "script", "dest", "preserve", "chmod", "chown", "config", "no-config", "help", "version", "completion"},
		"heat": {"config", "once", "simulate", "timeline", "dry-run", "help", "version", "completion"},
	}
	for tool, options := range optionsOfTools(t) {
		for _, f := range options {
			want := []string{variableOf(tool, f.Name)}
			if old := f.Tag.Get("was"); old != "" {
				want = append(want, variableOf(tool, old))
			}
			if slices.Contains(without[tool], f.Name) {
				want = nil
			}
			if !slices.Equal(f.Envs, want) {
				t.Errorf("%s --%s has the variables %q, want %q", tool, f.Name, f.Envs, want)
			}
			for _, name := range f.Envs {
				if flags.IsGiven(name) || slices.Contains(gate.Variables(), name) {
					t.Errorf("%s --%s: commands or hooks are given %s", tool, f.Name, name)
				}
			}
		}
	}
}

func variableOf(tool, option string) string {
	return strings.ToUpper(tool + "_" + strings.ReplaceAll(option, "-", "_"))
}

// A clsh that a gate runs does not report what the gate is given.
func TestVariablesOfGates(t *testing.T) {
	t.Parallel()
	for _, name := range gate.Variables() {
		if !flags.IsGiven(name) {
			t.Errorf("%s is given to gates, and unknown", name)
		}
	}
}

func TestCheckVariables(t *testing.T) {
	t.Parallel()
	tools := optionsOfTools(t)
	for _, test := range []struct {
		environ string
		unknown string
		refused string // part of the error
	}{
		{"CLSH_FANOUT=3 CLSH_COUNT=9 CLSH_HOST=a CLSH_RANK=0 CLSH_HOSTS=a CLSH_COMPAT=1 HEAT_COMPAT=1 HEAT_FAIL_CODE=1 HEAT_CHECK_NAME=x PATH=x", "", ""},
		{"CLSH_ALL=", "", ""},
		{"CLSH_ALL=1", "", "CLSH_ALL"},
		{"CLSH_GROUP=x", "", "CLSH_GROUP"},
		{"CLSH_CONFIG=x", "", "--config"},
		{"CLSH_DRY_RUN=1", "", "--dry-run"},
		{"HEAT_WATCH=1", "", "HEAT_WATCH"},
		{"HEAT_DRY_RUN=1", "", "HEAT_DRY_RUN"},
		{"HEAT_ONCE=1", "", "--once"},
		{"CLSH_RAW=1 CLSH_NO_AGENT=1 HEAT_UNKNOWN=3 CLSH_=1", "CLSH_", ""},
		{"CLSH_FANUOT=3 CLSH_X=1 CLSH_X=2", "CLSH_FANUOT CLSH_X", ""},
		{"HEAT_FAIL_CODES=3", "HEAT_FAIL_CODES", ""},
	} {
		environ := strings.Fields(test.environ)
		var unknown []string
		var err error
		for tool, options := range tools {
			u, e := flags.CheckVariables(strings.ToUpper(tool), options, environ)
			unknown = append(unknown, u...)
			if e != nil {
				err = e
			}
		}
		if got := strings.Join(unknown, " "); got != test.unknown {
			t.Errorf("%q: unknown %q, want %q", test.environ, got, test.unknown)
		}
		if (err != nil) != (test.refused != "") || err != nil && !strings.Contains(err.Error(), test.refused) {
			t.Errorf("%q: error %v, want one with %q", test.environ, err, test.refused)
		}
	}
}
