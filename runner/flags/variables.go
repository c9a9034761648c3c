package flags

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// givenVariables are what commands, gates and hooks find in their environment. None is
// an option's, so that a clsh within a clsh, or a heat within a hook, does what it says.
func givenVariables() []string {
	return []string{
		"CLSH_HOST", "CLSH_RANK", "CLSH_COUNT",
		"CLSH_GATE_BATCH", "CLSH_GATE_BATCHES", "CLSH_GATE_HOSTS", "CLSH_GATE_HOSTS_FILE", "CLSH_GATE_DONE", "CLSH_GATE_DONE_FILE",
		"CLSH_GATE_FAILED", "CLSH_GATE_RUN",
		"HEAT_FAIL_CODE", "HEAT_FAIL_TIME", "HEAT_FAIL_TIME_LAST", "HEAT_FAIL_INTERVAL", "HEAT_FAIL_PID", "HEAT_FAIL_CNT",
		"HEAT_FAIL_REASON", "HEAT_FAIL_SIGNAL", "HEAT_RECOVERY_CNT", "HEAT_CHECK_*",
	}
}

// IsGiven reports whether commands, gates or hooks find a variable of that name.
func IsGiven(name string) bool { return matches(givenVariables(), name) }

// ownVariables are those that the tools, or heat's service unit, read and that belong to no option.
func ownVariables() []string {
	return []string{"CLSH_HOSTS", "CLSH_HOSTFILE", "CLSH_INVENTORY", "CLSH_COMPAT", "HEAT_COMPAT", "HEAT_OPTIONS", "HEAT_CHECK"}
}

// CheckVariables looks for variables of a tool, whose names begin with prefix, that have
// no effect. One that an option had and has no more is an error: what it asked for would
// not be done. An unknown one is only reported.
func CheckVariables(prefix string, flags []*kong.Flag, environ []string) (unknown []string, err error) {
	known := slices.Concat(givenVariables(), ownVariables())
	retired := map[string]string{}
	for _, f := range flags {
		if len(f.Envs) > 0 {
			known = append(known, f.Envs...)
		} else if f.Name != "help" && f.Name != "version" && f.Name != "completion" {
			for _, name := range namesOf(f) {
				retired[variable(prefix, name)] = f.Name
			}
		}
	}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		switch {
		case value == "", !strings.HasPrefix(name, prefix+"_"), matches(known, name), slices.Contains(unknown, name):
		case retired[name] != "":
			return nil, fmt.Errorf("%s: this variable is not used any more\nhint: unset it, and give --%s on the command line", name, retired[name])
		default:
			unknown = append(unknown, name)
		}
	}
	return unknown, nil
}

// matches reports whether name is one of names, which may end in *.
func matches(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		beginning, open := strings.CutSuffix(n, "*")
		return n == name || open && strings.HasPrefix(name, beginning)
	})
}

// Note reports unknown variables on stderr, in one line.
func Note(stderr io.Writer, unknown []string) {
	if len(unknown) > 0 {
		fmt.Fprintf(stderr, "Note: unknown environment variable ignored: %s\n", strings.Join(unknown, ", "))
	}
}

// Compat reports whether value, that of CLSH_COMPAT or HEAT_COMPAT, asks for the ways of the
// Python programs.
func Compat(value string) bool { return value != "" && value != "0" }
