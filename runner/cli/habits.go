package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"clsh/runner/flags"
)

// noBecome is what the options that switch the user get for a hint.
const noBecome = "clsh -h LIST sudo -n COMMAND"

// Habits returns what pdsh, clush, pssh, ansible and ssh call otherwise: what clsh takes as it is,
// and what it answers. docs/migrating.md and clsh(1) list all of it.
func Habits() []flags.Habit {
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
		{Spellings: "-Q --list-hosts", Becomes: "--list"},
		{Spellings: "--par --forks --parallel", TakesValue: true, Becomes: "--fanout=%s"},
		{Spellings: "--connect_timeout", TakesValue: true, Becomes: "--connect-timeout=%s"},
		{Spellings: "--command_timeout", TakesValue: true, Becomes: "--timeout=%s"},
		{Spellings: "--private-key --key-file", TakesValue: true, Becomes: "--identity=%s"},
		{Spellings: "--options", TakesValue: true, Becomes: "--option=%s"},
		{Spellings: "-J", TakesValue: true, Becomes: "--option=ProxyJump=%s"},
		{Spellings: "-F", TakesValue: true, Becomes: "--ssh-config=%s"},
		{Spellings: "-4", Becomes: "--option=AddressFamily=inet"},
		{Spellings: "-6", Becomes: "--option=AddressFamily=inet6"},
		{Spellings: "-O", TakesValue: true, Values: clushSettings()},
		{Spellings: "-R --worker", TakesValue: true, Values: []flags.Habit{
			{Spellings: "ssh"},
			{Spellings: "*", Problem: "ssh is the only transport", Hint: "--ssh COMMAND runs another program in its place"},
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
		{
			Spellings: "-c --copy --rcopy --dest", Problem: "clsh does not copy files",
			Hint: "clsh --stdin -h LIST 'cat >DEST' <FILE sends one; the command itself needs no -c",
		},
		{
			Spellings: "-A -k --askpass --ask-pass", Problem: "clsh asks for no password",
			Hint: "log in with a key or ssh-agent(1); -o ForwardAgent=yes forwards the agent",
		},
		{Spellings: "--become --sudo --become-user --become-method", Problem: "clsh does not change the user", Hint: noBecome},
		{Spellings: "-K --ask-become-pass", Problem: "clsh passes no password to sudo", Hint: noBecome},
		{Spellings: "-P", Problem: "it means other things in clush, pssh and scp", Hint: "--progress shows a status line, -p PORT is ssh's port"},
		{Spellings: "--limit", Problem: "the LIST itself can be limited", Hint: "-h '@GROUP&LIST' runs on what is in both"},
		{Spellings: "--inventory --inventory-file", Problem: "clsh reads no inventory", Hint: "--hostfile FILE reads names, and [groups] of names"},
		{Spellings: "-m --mode --module-name --args", Problem: "clsh has no modules and no modes", Hint: "give the command itself: clsh -h LIST COMMAND"},
		{Spellings: "-M", Problem: "clsh has no modules", Hint: "-g NAME and -a select groups; clush's and dsh's group files are read"},
		{Spellings: "-X", Problem: "groups are excluded by -x", Hint: "-x @GROUP"},
		{Spellings: "-e --extra-vars", Problem: "it means other things in pssh and ansible", Hint: "--err DIR/ keeps each host's standard error"},
		{Spellings: "-r --regroup -G --groupbase", Problem: "clsh does not fold hosts into groups", Hint: "--fold and -b fold them into ranges: node[1-4]"},
		{Spellings: "-T --tree --topology --remote", Problem: "clsh has no gateways of its own", Hint: "-J HOST connects through a jump host"},
		{Spellings: "-s --groupsource", Problem: "a group names its source itself", Hint: "-g SOURCE:NAME"},
		{Spellings: "--conf --groupsconf", Problem: "clsh reads groups from clush's usual places", Hint: "CLUSTERSHELL_CFGDIR names another directory"},
		{Spellings: "-E --engine --grooming --interpret-keys", Problem: "it is clush's own", Hint: "leave it out"},
		{Spellings: "-C --check", Problem: "clsh has no modules to check", Hint: "--dry-run prints each host's ssh command; -o Compression=yes compresses"},
		{Spellings: "-D", Problem: "it means other things in ansible and ssh", Hint: "--diff shows how outputs differ"},
		{Spellings: "-j", Problem: "the number of hosts at a time is -f", Hint: "-f N"},
		{Spellings: "--output", Problem: "it means other things in kubectl and parallel", Hint: "--format json prints JSON, --out PATH writes files"},
	}
}

// valueHints are the hints for values that another tool means otherwise.
func valueHints() map[string]string {
	return map[string]string{
		"timeout":         "-u is the command's time limit; -l NAME is the user",
		"connect-timeout": "-t is the time limit for connecting; --tty opens a terminal",
		"port":            "-p is ssh's port; -f N is the number of hosts at a time",
	}
}

// hostHabits changes what other tools write as hosts: "^FILE" and "-" are host files.
func (c *Command) hostHabits() error {
	var kept []string
	for _, list := range c.Hosts {
		file, isFile := strings.CutPrefix(list, "^")
		switch {
		case list == "-":
			c.Hostfile = append(c.Hostfile, list)
			continue
		case isFile && file != "" && !strings.ContainsRune(file, ','):
			c.Hostfile = append(c.Hostfile, file)
			continue
		case looksLikeFile(list):
			return usage("--hosts: %s is a file, not a host\nhint: --hostfile %s", list, list)
		}
		kept = append(kept, list)
	}
	if len(kept) > 0 && len(kept) < len(c.Hosts) {
		return usage("--hosts: a host file goes with no other hosts\nhint: write these into the file, or --hostfile FILE alone")
	}
	c.Hosts = kept
	return nil
}

// looksLikeFile reports whether a LIST is the name of a file that holds hosts: one that is there,
// and that nobody would call a host like that.
func looksLikeFile(list string) bool {
	name := list[strings.LastIndexByte(list, '/')+1:]
	known := slices.Contains([]string{"hosts", "hostfile", "hostfile.txt", "inventory", "machines", "nodes"}, name)
	for _, ending := range []string{".txt", ".ini", ".lst", ".list", ".hosts", ".yml", ".yaml", ".cfg", ".conf"} {
		known = known || strings.HasSuffix(name, ending)
	}
	if !known && name == list {
		return false
	}
	info, err := os.Stat(list)
	return err == nil && info.Mode().IsRegular()
}

// sshOptions takes options for ssh apart that are written as clush has them, with -o before each:
// "-oA=1 -oB=2".
func (c *Command) sshOptions() error {
	var all []string
	for _, o := range c.Option {
		if strings.HasPrefix(o, "-") && !strings.HasPrefix(o, "-o") {
			return usage("-o %s: an option of ssh is given without its dash\nhint: -o KEY=VALUE, as in ssh_config(5); -p PORT, -J HOST, -F FILE, -4 and -6 are taken as ssh has them", o)
		}
		if !strings.HasPrefix(o, "-o") {
			all = append(all, o)
			continue
		}
		for part := range strings.SplitSeq(" "+o, " -o") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	c.Option = all
	return nil
}

// optionHint returns the hint for an -o that ssh does not take.
func optionHint(option string) string {
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
