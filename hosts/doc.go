// Package hosts turns text into hosts: the LIST language, host files, groups, and the options that
// choose among them. It starts no process, prints nothing and runs no goroutine. What it needs from
// its environment is passed in as a [System].
//
// # Map
//
//   - selection.go: the options and their order of precedence; exclusion.go is -x. Start here.
//   - scan.go, expand.go, group.go: a LIST becomes operands, and operands become hosts.
//   - template.go, dimension.go, number.go: a folded name, its brackets, and their numbers.
//   - host.go: user, address and port of one name, and which names are refused.
//   - set.go: the ordered set of hosts on which the operators work.
//   - fold.go, product.go: hosts become a LIST.
//   - file.go, foreign.go, trust.go: host files, lines of other tools, files that nobody named.
//   - resolver.go, known.go, match.go: finding a group, and the known hosts that match a pattern.
//   - inventory.go, settings.go: ansible's inventories, and how they say that a host is reached.
//   - answers.go: what commands have printed.
//   - clustershell.go, groupsource.go, groupsyaml.go, ini.go: the group sources of ClusterShell.
//   - sshconfig.go: Host names and settings of ssh_config; splitwords.go splits its lines.
//   - syntax.go: errors that show where in a text the problem is.
//
// # Theory of operation
//
// scan splits a LIST at its operators. The evaluator applies them from left to right to one ordered
// set. An operand is a group, a pattern or a folded name. A folded name is a template: literals
// with dimensions between them. A dimension holds ranges; it becomes numbers only when the template
// makes names of them. The limits are checked before that, because a short text can contain a large
// range many times: 2^20 hosts, and 2^22 names in all, repeats included. The names of one template
// are parts of one string.
//
// [Fold] is the inverse. Names that differ only in numbers have the same shape, and their numbers
// are the rows of a table. If one column varies, its numbers become ranges. If several vary, a
// merger covers the rows with products of sets.
//
// A number is its value and its length: node1 and node01 are two hosts, and the ranges 08-09 and
// 8-9 have no number in common.
//
// [Selection.Resolve] takes the hosts from the options that name some, else from host files, else
// from the environment, else from .hostfile, and then removes what -x names. It looks up groups and
// patterns only when a LIST uses them: it does not read a configuration, or run its commands, for
// nothing.
//
// An inventory is read as soon as it is given: whatever names a host, its variables say how the host
// is reached. They become the host's [Settings] in the end, so that only a host that is selected is
// refused for them.
//
// Names are checked once, here. Each name in a [List] is safe as an argument of ssh and as part of
// a file name.
//
// # Compatibility with ClusterShell
//
// The language is that of NodeSet in ClusterShell 1.9, see nodeset(1). Digits next to a bracket
// belong to its numbers: n1[2-3] is n12 and n13. Group sources are those of groups.conf(5):
//
//   - The directories are /etc/clustershell, ~/.local/etc/clustershell, /usr/etc/clustershell
//     (where ClusterShell looks with Debian's Python), $XDG_CONFIG_HOME/clustershell and
//     $CLUSTERSHELL_CFGDIR. A later groups.conf overrides settings of an earlier one. $CFGDIR is
//     the last directory that has a groups.conf.
//   - The settings confdir or groupsdir, autodir, map, mapall, all, list and cache_time are
//     supported, with the dialect of Python's ConfigParser and the substitution of string.Template.
//     reverse finds the groups of a host, which clsh never asks for.
//
// Tests compare 20,000 expressions, the length of folded sets, and groups with ClusterShell.
//
// # Differences from ClusterShell
//
//   - Order is kept, and nodeset sorts. clsh runs and lists hosts in the order in which they were
//     given. Only the numbers in the brackets of a folded LIST are sorted.
//   - White space separates hosts, like a comma. In NodeSet it is part of a name. In host files a
//     second word is an error, because such a file is usually one of another tool.
//   - An unknown group is an error. In nodeset it is empty, so a command that excludes a misspelt
//     group would run on its hosts. For the same reason, an empty result is an error.
//   - Negative numbers are refused. nodeset reads n[-5] as n-5 and drops parts of ranges with
//     several dashes (n[116-1-2] begins at -1). So is the range 0-00.
//   - Numbers of several lengths after digits are refused. nodeset reads n1[9,10] as n19 to n110,
//     92 hosts of which two were written; pdsh reads n19 and n110. If the text itself is the range
//     that nodeset reads, it is accepted.
//   - Numbers in brackets have at most 17 digits, and names at most 255 bytes. Outside brackets, a
//     number may be longer.
//   - Names with characters that are special to ssh, a shell or a path are refused (parseHost).
//   - @@source, which returns the names of groups as if they were hosts, is refused.
//   - Patterns have * and ? but no character sets, because brackets are ranges. A pattern matches
//     hosts of host files and groups. Only if none match does it match Host names of ssh_config.
//   - A group that is not in the default source is looked up in the other files of groups.d, then
//     in dsh's files. A group that is in two of those sources is an error. Sources that are
//     commands are asked only if they are named, or the default.
//   - If a source cannot list all its hosts, @* is all its groups, each evaluated separately.
//     nodeset joins their LISTs into one, in which the ! of one group removes hosts of another.
//   - A duplicate group or source in a file is an error. PyYAML takes the last one.
//   - groups.yaml is read even if there is a groups.conf, and groups.d even if there is none.
//
// Like nodeset by default, Fold writes no steps, because pdsh does not know them.
package hosts
