package cli

import (
	"fmt"
	"slices"
	"strings"

	"clsh/hosts"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
)

// forgotten refuses a command that looks as if the option that names the hosts had been
// forgotten: hosts come from the environment or .hostfile, and the command begins with a
// host's name, or is help or version alone. A leading -- allows it.
func (c *Command) forgotten(sys *system.System, list hosts.List) error {
	words := c.Words
	if c.namesHosts() || len(words) == 0 || words[0] == "--" || !sys.Profile().Guards {
		return nil
	}
	first := words[0]
	if len(words) == 1 && (first == "help" || first == "version") {
		return usage.Errorf("%s: would run as a command on %s\nhint: clsh --%s; to run it on the hosts: clsh -- %s", first, count(len(list), "host"), first, first)
	}
	isHost := slices.ContainsFunc(list, func(h hosts.Host) bool { return h.Name == first || h.Addr == first })
	if !isHost && !slices.Contains(hosts.SSHHosts(c.forHosts(sys, nil, false)), first) {
		return nil
	}
	rest := strings.Join(words[1:], " ")
	if rest == "" {
		rest = "COMMAND"
	}
	return usage.Errorf("%s: this is a host; it would run as a command on %s\nhint: clsh -h %s %s; to run a program of that name: clsh -- %s",
		first, count(len(list), "host"), first, rest, strings.Join(words, " "))
}

// hostsBehind refuses the option name, which is word i of a command for which no hosts are named.
func (c *Command) hostsBehind(name string, i int) error {
	end := i + 1
	if !strings.Contains(c.Words[i], "=") {
		end++
	}
	option, command := strings.Join(c.Words[i:end], " "), strings.Join(slices.Concat(c.Words[:i], c.Words[end:]), " ")
	return usage.Errorf("%s: comes after the command %q, so it would be its argument\nhint: clsh %s %s; if it is the command's: clsh -- %s",
		name, c.Words[0], option, command, strings.Join(c.Words, " "))
}

// checkSelection refuses values that select nothing.
func (c *Command) checkSelection() error {
	if c.Pick != nil && *c.Pick < 1 {
		return usage.Errorf("--pick %d: must be at least 1", *c.Pick)
	}
	for _, list := range c.Hosts {
		elements := strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
		if len(elements) > 0 && !slices.ContainsFunc(elements, func(e string) bool { return !strings.HasPrefix(e, "-") }) {
			return usage.Errorf("-h %s: excludes hosts and names none\nhint: -h LIST,%s", list, list)
		}
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
