package gate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"clsh/runner"
)

// Variables returns the names of those that a gate is given.
func Variables() []string {
	var names []string
	for _, name := range []string{"BATCH", "BATCHES", "HOSTS", "HOSTS_FILE", "DONE", "DONE_FILE", "FAILED", "RUN"} {
		names = append(names, prefix+name)
	}
	return names
}

// prefix begins each name. An option's variable, CLSH_GATE_TIMEOUT, begins so as well.
const prefix = "CLSH_GATE_"

// longestList is the length of the longest LIST that is passed in a variable, in bytes. The
// kernel takes 128 KiB, with the name (MAX_ARG_STRLEN, execve(2)).
const longestList = 64 << 10

// Within reports whether an environment is that of a gate.
func Within(environ []string) bool {
	return slices.ContainsFunc(environ, func(v string) bool { return strings.HasPrefix(v, prefix+"BATCH=") })
}

// environ returns the environment of the gate after a group, and writes the files with its hosts.
// Variables of a gate that clsh itself runs in are left out.
func (g *Gate) environ(i *runner.Interval) ([]string, error) {
	given := Variables()
	list := slices.DeleteFunc(slices.Clone(g.Environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(given, name)
	})
	set := func(name, value string) { list = append(list, prefix+name+"="+value) }
	set("BATCH", strconv.Itoa(i.Number))
	set("BATCHES", strconv.Itoa(i.Of))
	set("FAILED", strconv.Itoa(i.AllFailed))
	if g.RunID != "" {
		set("RUN", g.RunID)
	}
	for _, hosts := range []struct {
		name  string
		names []string
	}{{"HOSTS", g.Names[i.First:i.Done()]}, {"DONE", g.Names[:i.Done()]}} {
		path := filepath.Join(i.Dir, "gate-"+strings.ToLower(hosts.name))
		if err := os.WriteFile(path, []byte(strings.Join(hosts.names, "\n")+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("write the hosts for the gate: %w (TMPDIR names another place)", err)
		}
		set(hosts.name+"_FILE", path)
		if folded := g.Fold(hosts.names); len(folded) < longestList {
			set(hosts.name, folded)
		}
	}
	return list, nil
}
