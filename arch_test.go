package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// arrows are the design's: each package may import those that it points to,
// and what can be reached from there. heat and clsh meet in main, and in the package that runs one
// command and ends all of it.
func arrows() map[string][]string {
	return map[string][]string{
		"clsh":                 {"clsh/runner/cli", "clsh/heat/cli"},
		"clsh/runner/cli":      {"clsh/runner/prompt", "clsh/runner/sink", "clsh/runner", "clsh/runner/flags", "clsh/runner/runs", "clsh/runner/gate", "clsh/runner/keyboard", "clsh/runner/copying", "clsh/runner/relay"},
		"clsh/runner/prompt":   {"clsh/runner/sink", "clsh/runner", "clsh/runner/shells", "clsh/runner/copying", "clsh/runner/duration"}, // it shows results as batch mode does
		"clsh/runner/sink":     {"clsh/runner/record", "clsh/runner/sanitize"},
		"clsh/runner/runs":     {"clsh/runner/record", "clsh/runner/duration"},
		"clsh/runner/record":   {"clsh/runner/event", "clsh/runner/spool", "clsh/runner/sanitize", "clsh/hosts"},
		"clsh/runner/shells":   {"clsh/runner/conn"},
		"clsh/runner":          {"clsh/runner/conn", "clsh/runner/rollout"},
		"clsh/runner/gate":     {"clsh/runner", "clsh/heat/checker"}, // a gate is ended as a check is
		"clsh/runner/keyboard": {"clsh/runner"},
		"clsh/runner/copying":  {"clsh/runner/conn", "clsh/runner/spool"}, // it feeds each host by itself, and is a run's sink
		"clsh/runner/relay":    {"clsh/runner", "clsh/runner/record"},     // it runs hosts in place of the engine's sessions, and what comes back is a record
		"clsh/runner/conn":     {"clsh/runner/event", "clsh/runner/admission", "clsh/runner/stall", "clsh/runner/remote", "clsh/runner/proc", "clsh/runner/mux", "clsh/runner/askpass", "clsh/runner/password"},
		"clsh/runner/remote":   {"clsh/hosts"},
		"clsh/runner/proc":     {"clsh/runner/spool"},
		"clsh/hosts":           {"clsh/runner/files", "clsh/runner/nearest"},
		"clsh/heat/cli":        {"clsh/heat", "clsh/heat/places", "clsh/runner/flags"},
		"clsh/heat/places":     {"clsh/heat/checker", "clsh/heat/combine", "clsh/runner/shells", "clsh/hosts"}, // heat itself reaches no host
		"clsh/heat":            {"clsh/heat/loop", "clsh/heat/failover", "clsh/heat/simulate"},
		"clsh/heat/loop":       {"clsh/heat/worker", "clsh/heat/state", "clsh/heat/alarm", "clsh/heat/page", "clsh/heat/fleet"},
		"clsh/heat/failover":   {"clsh/heat/worker", "clsh/heat/state", "clsh/heat/fleet"}, // a switch is no check
		"clsh/heat/worker":     {"clsh/heat/console", "clsh/heat/options", "clsh/heat/manager", "clsh/heat/reaper", "clsh/runner/files"},
		"clsh/heat/simulate":   {"clsh/heat/console", "clsh/heat/options"}, // it runs nothing
		"clsh/heat/console":    {"clsh/heat/output", "clsh/heat/process", "clsh/heat/words"},
		"clsh/heat/options":    {"clsh/heat/exit", "clsh/heat/words", "clsh/heat/hook", "clsh/heat/probe", "clsh/heat/ping", "clsh/runner/duration"},
		"clsh/heat/manager":    {"clsh/heat/output", "clsh/heat/words"},
		"clsh/heat/page":       {"clsh/heat/history", "clsh/heat/output"},
		"clsh/heat/exit":       {"clsh/heat/executable"},
		"clsh/heat/alarm":      nil,
		"clsh/heat/words":      nil,
		"clsh/heat/hook":       {"clsh/heat/process", "clsh/runner/proc"},
		"clsh/heat/state":      {"clsh/heat/process", "clsh/heat/history"},
		"clsh/heat/history":    nil, // counts of days, and their page
		"clsh/heat/process":    {"clsh/heat/output"},
		"clsh/heat/reaper":     {"clsh/heat/checker"},
		"clsh/heat/output":     {"clsh/heat/checker"},
		"clsh/heat/checker":    {"clsh/heat/policy", "clsh/heat/executable", "clsh/runner/proc"},
		"clsh/heat/policy":     nil,
		"clsh/heat/probe":      nil, // URLs in, an error out: it knows nothing of heat
		"clsh/heat/ping":       nil,
		"clsh/heat/fleet":      {"clsh/heat/combine"}, // it starts checks and knows nothing of what they are
		"clsh/heat/combine":    nil,
		"clsh/runner/flags":    {"clsh/runner/duration", "clsh/runner/nearest", "clsh/runner/sanitize"},
		"clsh/runner/askpass":  nil,
		"clsh/runner/password": nil,
		"clsh/runner/event":    nil,
		"clsh/runner/spool":    nil,
		"clsh/runner/files":    nil,
		"clsh/runner/stall":    nil,
		"clsh/runner/mux":      nil,
		"clsh/runner/nearest":  nil,
		"clsh/runner/sshtest":  nil,

		"clsh/heat/executable":           nil,
		"clsh/runner/rollout":            nil,
		"clsh/runner/admission":          nil,
		"clsh/runner/duration":           nil,
		"clsh/runner/sanitize":           nil,
		"clsh/runner/acceptance":         {"clsh/hosts"},
		"clsh/runner/sshtest/enginetest": {"clsh/runner/conn"},
	}
}

// reaches reports whether there is a way along the arrows.
func reaches(arrows map[string][]string, from, to string) bool {
	for _, next := range arrows[from] {
		if next == to || reaches(arrows, next, to) {
			return true
		}
	}
	return false
}

// TestImports fails where an arrow between packages turns round, where kong
// is imported by others than the command lines' packages, and where sshtest gets into the program.
// Packages within a package of the table (clsh/heat/log) are where it is,
// and may import it or be imported by it.
func TestImports(t *testing.T) {
	t.Parallel()
	allowed := arrows()
	gomod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(gomod), "\n")
	module := strings.TrimPrefix(first, "module ") // a fork has another
	err = filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && file != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "tools" || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		from := packageOf(allowed, path.Join("clsh", filepath.ToSlash(filepath.Dir(file))))
		if from == "" {
			t.Errorf("%s belongs to no package of the design", file)
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range syntax.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if own, is := strings.CutPrefix(target, module+"/"); is {
				target = "clsh/" + own
			}
			if why := forbidden(allowed, from, target, strings.HasSuffix(file, "_test.go")); why != "" {
				t.Errorf("%s imports %s: %s", file, target, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// packageOf returns the package of the table that name is or is within, or
// ""; only main itself is main.
func packageOf(allowed map[string][]string, name string) string {
	if name == "clsh" {
		return name
	}
	for ; name != "clsh" && name != "."; name = path.Dir(name) {
		if _, ok := allowed[name]; ok {
			return name
		}
	}
	return ""
}

// forbidden returns why from may not import target, or "".
func forbidden(allowed map[string][]string, from, target string, test bool) string {
	switch {
	case strings.HasPrefix(target, "github.com/alecthomas/kong"):
		if !test && from != "clsh/runner/cli" && from != "clsh/heat/cli" && from != "clsh/runner/flags" {
			return "only the command lines' packages parse them"
		}
		return ""
	case target != "clsh" && !strings.HasPrefix(target, "clsh/"):
		return ""
	case target == "clsh/runner/sshtest" || strings.HasPrefix(target, "clsh/runner/sshtest/"):
		if !test && !strings.HasPrefix(from, "clsh/runner/sshtest") {
			return "it is for tests"
		}
		return ""
	}
	to := packageOf(allowed, target)
	if to == from || reaches(allowed, from, to) {
		return ""
	}
	return "the arrow between them points the other way, or there is none"
}

// The rule itself distinguishes right from wrong.
func TestForbidden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from, target string
		test, ok     bool
	}{
		{"clsh", "clsh/heat", false, true},
		{"clsh/heat", "clsh/runner/proc", false, true},
		{"clsh/heat", "clsh/heat/log", false, true},
		{"clsh/heat", "clsh/runner", false, false},
		{"clsh/heat", "clsh/hosts", false, false},
		{"clsh/heat/hook", "clsh/heat/state", false, false},
		{"clsh/heat/checker", "clsh/heat", false, false},
		{"clsh/runner/gate", "clsh/heat/checker", false, true},
		{"clsh/runner/gate", "clsh/heat", false, false},
		{"clsh/runner", "clsh/heat/checker", false, false},
		{"clsh", "clsh/runner/proc", false, true},
		{"clsh/runner/sink", "clsh/runner/prompt", false, false},
		{"clsh/runner", "clsh/runner/sink", false, false},
		{"clsh/hosts", "clsh/runner", false, false},
		{"clsh/runner/proc", "clsh/runner", false, false},
		{"clsh/runner", "clsh/runner/sshtest", false, false},
		{"clsh/runner", "clsh/runner/sshtest", true, true},
		{"clsh/runner", "clsh/runner/sshtest/cluster", false, false},
		{"clsh", "clsh/runner/sshtest/cluster", true, true},
		{"clsh/runner/sshtest", "clsh/runner/sshtest", false, true},
		{"clsh/runner/sink", "github.com/alecthomas/kong", false, false},
		{"clsh/runner/cli", "github.com/alecthomas/kong", false, true},
		{"clsh/runner/sink", "fmt", false, true},
		{"clsh/runner/cli", "clsh/utils", false, false},
	}
	for _, test := range tests {
		if why := forbidden(arrows(), test.from, test.target, test.test); (why == "") != test.ok {
			t.Errorf("%s -> %s (test: %v): %q", test.from, test.target, test.test, why)
		}
	}
}
