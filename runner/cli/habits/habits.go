// Package habits has the options of other tools that clsh takes, or answers: a table.
package habits

import (
	"fmt"
	"slices"
	"strings"

	"clsh/runner/flags"
)

// Rows returns what pdsh, clush, pssh, ansible and ssh call otherwise: what clsh takes as it is,
// and what it answers. docs/migrating.md and clsh(1) list all of it.
func Rows() []flags.Habit {
	return slices.Concat(takenHabits(), answeredHabits())
}

// takenHabits returns the options that are taken as they are.
func takenHabits() []flags.Habit {
	return []flags.Habit{
		{Spellings: "-n --nostdin", Becomes: "--stdin=false"},
		{Spellings: "-I --send-input", Becomes: "--stdin"},
		{Spellings: "--maxrc --print --inline --inline-stdout"},
		{Spellings: "-L", Becomes: "--ordered --gather=false --gather-both=false", Last: true},
		{Spellings: "--outdir", TakesValue: true, Becomes: "--out=%s/"},
		{Spellings: "--errdir", TakesValue: true, Becomes: "--err=%s/"},
		{Spellings: "--dshbak", Becomes: "--gather"},
		{Spellings: "-d --debug", Becomes: "--verbose"},
		{Spellings: "-V", Becomes: "--version"},
		{Spellings: "-H --host", TakesValue: true, Becomes: "--hosts=%s"},
		{Spellings: "--machinefile", TakesValue: true, Becomes: "--hostfile=%s"},
		{Spellings: "--inventory-file", TakesValue: true, Becomes: "--inventory=%s"},
		{Spellings: "-Q --list-hosts", Becomes: "--list"},
		{Spellings: "--par --forks --parallel", TakesValue: true, Becomes: "--fanout=%s"},
		{Spellings: "--connect_timeout", TakesValue: true, Becomes: "--connect-timeout=%s"},
		{Spellings: "--command_timeout", TakesValue: true, Becomes: "--timeout=%s"},
		{Spellings: "--private-key --key-file", TakesValue: true, Becomes: "--identity=%s"},
		{Spellings: "--askpass", Becomes: "--ask-pass"},
		{Spellings: "--become-user", TakesValue: true, Becomes: "--as=%s"},
		{Spellings: "--ask-become-pass", Becomes: "--ask-sudo"},
		{Spellings: "--become-method", TakesValue: true, Values: []flags.Habit{
			{Spellings: "sudo"},
			{Spellings: "*", Problem: "sudo is the default", Hint: "--become 'doas -u %u --' runs another program in its place"},
		}},
		{Spellings: "--options", TakesValue: true, Becomes: "--option=%s"},
		{Spellings: "-J", TakesValue: true, Becomes: "--option=ProxyJump=%s"},
		{Spellings: "-F", TakesValue: true, Becomes: "--ssh-config=%s"},
		{Spellings: "-4", Becomes: "--option=AddressFamily=inet"},
		{Spellings: "-6", Becomes: "--option=AddressFamily=inet6"},
		{Spellings: "-O", TakesValue: true, Values: clushSettings()},
		{Spellings: "-R --worker", TakesValue: true, Values: []flags.Habit{
			{Spellings: "ssh"},
			{Spellings: "exec", Becomes: "--via=exec"},
			{Spellings: "*", Problem: "clsh has no such transport", Hint: "--via WORDS runs another program instead of ssh"},
		}},
	}
}

// clushSettings returns the keys of clush's -O. Every other key is ssh's, as for pssh's -O.
func clushSettings() []flags.Habit {
	return []flags.Habit{
		{Spellings: "fanout", Becomes: "--fanout=%s"},
		{Spellings: "connect_timeout", Becomes: "--connect-timeout=%s"},
		{Spellings: "command_timeout", Becomes: "--timeout=%s"},
		{Spellings: "color", Becomes: "--color=%s"},
		{Spellings: "ssh_user", Becomes: "--user=%s"},
		{Spellings: "ssh_path", Becomes: "--ssh=%s"},
		{Spellings: "ssh_options", Becomes: "--option=%s"},
		{Spellings: "maxrc fd_max history_size node_count verbosity"},
		{
			Spellings: "command_prefix password_prompt confdir rsh_path rsh_options worker", Problem: "clsh has no such setting",
			Hint: "clsh --help shows the options",
		},
		{Spellings: "*", Becomes: "--option=%s"},
	}
}

// answeredHabits returns the options that mean another thing elsewhere, or that clsh does not have.
func answeredHabits() []flags.Habit {
	return []flags.Habit{
		{Spellings: "-A", Problem: "it means other things in pssh and ssh", Hint: "-k asks for a password; -o ForwardAgent=yes forwards the agent"},
		{Spellings: "-P", Problem: "it means other things in clush, pssh and scp", Hint: "--progress shows a status line, -p PORT is ssh's port"},
		{Spellings: "--limit", Problem: "the LIST itself can be limited", Hint: "-h '@GROUP&LIST' runs on what is in both"},
		{Spellings: "-m --mode --module-name --args", Problem: "clsh has no modules and no modes", Hint: "give the command itself: clsh -h LIST COMMAND"},
		{Spellings: "-M", Problem: "clsh has no modules", Hint: "-g NAME and -a select groups; clush's and dsh's group files are read"},
		{Spellings: "-X", Problem: "groups are excluded by -x", Hint: "-x @GROUP"},
		{Spellings: "-e --extra-vars", Problem: "it means other things in pssh and ansible", Hint: "--err DIR/ keeps each host's standard error"},
		{Spellings: "-r --regroup -G --groupbase", Problem: "clsh does not fold hosts into groups", Hint: "--fold and -b fold them into ranges: node[1-4]"},
		{Spellings: "-T --tree --topology --remote", Problem: "clsh has no gateways of its own", Hint: "-J HOST connects through a jump host"},
		{Spellings: "-s --groupsource", Problem: "a group names its source itself", Hint: "-g SOURCE:NAME"},
		{Spellings: "--conf --groupsconf", Problem: "clsh reads groups from clush's usual places", Hint: "CLUSTERSHELL_CFGDIR names another directory"},
		{Spellings: "-E --engine --grooming --interpret-keys", Problem: "it is clush's own", Hint: "leave it out"},
		{Spellings: "-C", Problem: "it means other things in ansible and ssh", Hint: "--dry-run prints each host's ssh command; -o Compression=yes compresses"},
		{Spellings: "-D", Problem: "it means other things in ansible and ssh", Hint: "--diff shows how outputs differ"},
		{Spellings: "-j", Problem: "the number of hosts at a time is -f", Hint: "-f N"},
		{Spellings: "--output", Problem: "it means other things in kubectl and parallel", Hint: "--format json prints JSON, --out PATH writes files"},
	}
}

// ValueHints are the hints for values that another tool means otherwise.
func ValueHints() map[string]string {
	return map[string]string{
		"timeout":         "-u is the command's time limit; -l NAME is the user",
		"connect-timeout": "-t is the time limit for connecting; --tty opens a terminal",
		"port":            "-p is ssh's port; -f N is the number of hosts at a time",
	}
}

// OptionHint returns the hint for an -o that ssh does not take.
func OptionHint(option string) string {
	key, value, hasValue := strings.Cut(option, "=")
	switch {
	case option == "json":
		return "--format json prints JSON"
	case hasValue && value != "" && slices.ContainsFunc(clushSettings(), func(h flags.Habit) bool {
		return h.Spellings != "*" && slices.Contains(strings.Fields(h.Spellings), key)
	}):
		return fmt.Sprintf("clush's settings are given with -O %s", option)
	case strings.ContainsRune(option, '/') && !hasValue:
		return fmt.Sprintf("--out %s/ writes a file for each host", strings.TrimRight(option, "/"))
	}
	return "-o takes KEY=VALUE, as in ssh_config(5)"
}
