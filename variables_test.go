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

// Options that choose hosts, or what is done at all, have no variable: a forgotten one
// must not reach a fleet, nor make a run do nothing. All others have one, which is none
// of those that a command or a hook is given.
func TestVariablesOfOptions(t *testing.T) {
	t.Parallel()
	without := map[string][]string{
		"clsh": {"hosts", "hostfile", "group", "all", "exclude", "pick", "list", "fold", "count", "interactive", "dry-run", "replay", "config", "no-config", "help", "version", "completion"},
		"heat": {"once", "simulate", "watch", "help", "version", "completion"},
	}
	for tool, options := range optionsOfTools(t) {
		for _, f := range options {
			want := []string{strings.ToUpper(tool) + "_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))}
			if slices.Contains(without[tool], f.Name) {
				want = nil
			}
			if !slices.Equal(f.Envs, want) {
				t.Errorf("%s --%s has the variables %q, want %q", tool, f.Name, f.Envs, want)
			}
			for _, name := range f.Envs {
				if flags.IsGiven(name) {
					t.Errorf("%s --%s: commands or hooks are given %s", tool, f.Name, name)
				}
			}
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
		{"HEAT_ONCE=1", "", "--once"},
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
