package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/BurntSushi/toml"

	"clsh/heat"
	"clsh/heat/failover"
	"clsh/heat/options"
	"clsh/hosts"
	"clsh/runner/flags"
)

// ofProcess returns the options that are about the process, not about a check: these go with --config,
// and the file has none of them.
func ofProcess() []string {
	return []string{"config", "once", "simulate", "timeline", "dry-run", "format", "quiet", "time", "lock", "init", "page"}
}

// checkConfig refuses what does not go with --config.
func (c *commandLine) checkConfig() error {
	for _, name := range slices.Sorted(maps.Keys(c.Typed)) {
		if !slices.Contains(ofProcess(), name) {
			return fmt.Errorf("--%s: cannot be combined with --config\nhint: write it into the file, above the first table, for all checks", name)
		}
	}
	if words := c.Command.Command; len(words) > 0 {
		return fmt.Errorf("--config: cannot be combined with the command %q\nhint: the checks are in the file", words[0])
	}
	return nil
}

// file returns what loads the checks of a file.
func file(t *flags.Tool, path string, sys hosts.System) heat.File {
	return func() ([]heat.FileCheck, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
		checks, err := parseFile(t, string(text), sys)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return checks, nil
	}
}

// parseFile reads the checks of a file: tables [check.NAME], and above them what holds for all.
func parseFile(t *flags.Tool, text string, sys hosts.System) ([]heat.FileCheck, error) {
	var defaults map[string]any
	if _, err := toml.Decode(text, &defaults); err != nil {
		return nil, err
	}
	tables, ok := defaults["check"].(map[string]any)
	if !ok && defaults["check"] != nil {
		return nil, fmt.Errorf("check is no table\nhint: a check is a table [check.NAME]")
	}
	delete(defaults, "check")
	if err := checkKeys(defaults, "command", "script", "probe", "needs", "from"); err != nil {
		return nil, err
	}
	var checks []heat.FileCheck
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		table, ok := tables[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("check.%s is no table\nhint: [check.%s]", name, name)
		}
		check, err := parseCheck(t, name, defaults, table, sys)
		if err != nil {
			return nil, fmt.Errorf("check.%s: %w", name, err)
		}
		checks = append(checks, check)
	}
	return checks, nil
}

// checkKeys refuses keys that the process has, tables, and those in names.
func checkKeys(table map[string]any, names ...string) error {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		_, isTable := table[key].(map[string]any)
		switch {
		case isTable:
			return fmt.Errorf("unknown table %q\nhint: a check is a table [check.NAME]", key)
		case slices.Contains(names, key):
			return fmt.Errorf("%s: belongs into the table of a check", key)
		case key == "name":
			return fmt.Errorf("name: the name of a check is that of its table")
		case slices.Contains(ofProcess(), key):
			return fmt.Errorf("%s: is for the command line\nhint: heat --%s --config FILE", key, key)
		}
	}
	return nil
}

// parseCheck reads one check.
func parseCheck(t *flags.Tool, name string, defaults, table map[string]any, sys hosts.System) (check heat.FileCheck, err error) {
	if err := checkKeys(table); err != nil {
		return check, err
	}
	all := maps.Clone(defaults)
	maps.Copy(all, table)
	settings, err := json.Marshal(all)
	if err != nil {
		return check, err
	}
	check = heat.FileCheck{Name: name, Settings: string(settings)}
	var cmd commandLine
	command := all["command"]
	if check.Needs, err = words(all["needs"]); err != nil {
		return check, fmt.Errorf("needs: %w", err)
	}
	delete(all, "command")
	delete(all, "needs")
	if check.Switch, err = parseSwitch(table, all); err != nil {
		return check, err
	}
	p, err := takePlaces(all)
	if err != nil {
		return check, err
	}
	connect, names, err := p.open(sys)
	if err != nil {
		return check, err
	}
	check.Settings += names // the same LIST may name other hosts at a reload
	if err := t.FromTable(&cmd, all); err != nil {
		return check, err
	}
	if cmd.Command.Command, err = words(command); err != nil {
		return check, fmt.Errorf("command: %w", err)
	}
	check.Command, cmd.Places = &cmd.Command, connect
	return check, nil
}

// parseSwitch takes the keys of a switch out of all, if table has one of them. Such a table has little
// else.
func parseSwitch(table, all map[string]any) (*failover.Switch, error) {
	var w failover.Switch
	texts := map[string]*string{"primary": &w.Primary, "secondary": &w.Secondary, "failover": &w.Failover, "failback": &w.Failback}
	others := []string{"hold", "rise", "interval", "hook-timeout", "kill-after", "log", "log-size", "log-keep", "state"}
	is := false
	for key := range texts {
		_, given := table[key]
		is = is || given
	}
	if !is {
		return nil, nil
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if texts[key] == nil && !slices.Contains(others, key) {
			return nil, fmt.Errorf("%s: does not go with primary and secondary\nhint: they are checks of their own", key)
		}
	}
	for key, to := range texts {
		text, ok := all[key].(string)
		if all[key] != nil && !ok {
			return nil, fmt.Errorf("%s: not a text", key)
		}
		*to = text
	}
	if hold, given := all["hold"]; given {
		w.Hold = new(options.Seconds)
		if err := w.Hold.UnmarshalText([]byte(fmt.Sprint(hold))); err != nil {
			return nil, fmt.Errorf("hold: %w", err)
		}
	}
	maps.DeleteFunc(all, func(key string, _ any) bool { return !slices.Contains(others[1:], key) })
	return &w, nil
}

// words reads a text or a list of texts.
func words(value any) ([]string, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		var list []string
		for _, word := range v {
			text, ok := word.(string)
			if !ok {
				return nil, fmt.Errorf("not a list of texts\nhint: [\"NAME\", \"NAME\"]")
			}
			list = append(list, text)
		}
		return list, nil
	}
	return nil, fmt.Errorf("neither a text nor a list of texts")
}
