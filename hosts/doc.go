// Package hosts turns text into hosts: the LIST language, host files, groups,
// and the options that choose among them. It starts no process, prints
// nothing and has no goroutine; what it reads of its surroundings is handed
// in as a [System].
//
// # Theory of operation
//
// A LIST is cut at its operators (scan.go) and worked out from left to right
// on one ordered set (expand.go, set.go). Each operand is a group, a pattern
// or a folded name. A folded name is a template (template.go): literals, and
// between them dimensions (dimension.go), which hold ranges and not numbers until
// names are made of them. The limits are looked at before that: 2^20 hosts,
// and 2^22 names worked through in all, repeats counted, because a short text
// can say a large range many times. The names of one template are parts of
// one string.
//
// [Fold] goes the other way (fold.go): names that differ in numbers alone are
// a shape, and its numbers are rows of columns. One column that varies makes
// ranges, several are covered with products (product.go).
//
// A number is its value and its length (number.go): node1 and node01 are two
// hosts, and 08-11 is a range that 1-20 does not meet.
//
// [Selection.Resolve] finds the hosts (selection.go): options that name some,
// else host files, else the environment, else .hostfile; then it takes out
// what -x names. Groups (resolver.go) and patterns (known.go) are looked up
// when the LIST asks for them, so that a configuration that nobody uses is
// not read, and its commands are not run.
//
// Names are checked once, here: what a [List] holds may stand in an argument
// of ssh and in the name of a file.
//
// # What is as in ClusterShell
//
// The language is that of NodeSet in ClusterShell 1.9, see nodeset(1). Digits
// that touch a bracket belong to its numbers: n1[2-3] is n12 and n13. The
// sources of groups are those of groups.conf(5): /etc/clustershell,
// ~/.local/etc/clustershell, /usr/etc/clustershell (what ClusterShell takes
// for the prefix of Debian's Python), $XDG_CONFIG_HOME/clustershell and
// $CLUSTERSHELL_CFGDIR, in which a later groups.conf replaces settings of an
// earlier one and $CFGDIR is the last directory that has one; confdir or
// groupsdir, autodir, map, all and list; ConfigParser's dialect; the rules of
// string.Template. A test compares 20,000 expressions, the length of folded
// sets and the groups with what ClusterShell says.
//
// # What is not
//
//   - Order is kept; nodeset sorts. What runs, and what --list prints, is in
//     the order in which it was asked for. A folded LIST is sorted in its
//     brackets.
//   - White space joins as a comma does; in NodeSet it is part of a name. In
//     host files a second word is an error, because it is mostly a file of
//     another tool.
//   - An unknown group is an error; to nodeset it is empty, and a command
//     that meant to leave hosts out would run on them. For the same reason a
//     LIST that has no hosts in the end is refused.
//   - Negative numbers are refused: n[-5], which nodeset takes for n-5, and
//     ranges of several dashes, of which it drops parts (n[116-1-2] begins at
//     -1). So is 0-00.
//   - Numbers of several lengths behind digits are refused: n1[9,10] is n19
//     to n110 for nodeset, 92 hosts of which two were written; pdsh reads n19
//     and n110. Where nodeset's reading is what was written, it is taken.
//   - Numbers in brackets have at most 17 digits, and names at most 255
//     bytes. A longer number can stand in a name without brackets.
//   - Names that would mean something to ssh, a shell or a path are refused,
//     see parseHost.
//   - @@source, which gives the names of groups as hosts, is refused: they
//     are no hosts.
//   - A pattern knows * and ?, and no set of characters: brackets are ranges.
//     It matches the names of host files and groups, and only where none of
//     them does the Host names of ssh's configuration.
//   - A group that its own or the standard source does not have is looked for
//     in the other files of groups.d, then in dsh's; one that two of them
//     have is an error. Sources that are commands are asked by name only,
//     but for the standard one.
//   - Of a source that cannot say what all is, all is each of its groups,
//     worked out by itself. nodeset joins their LISTs into one, in which the
//     ! of one group takes hosts of another away.
//   - The same group or source twice in a file is an error; PyYAML takes the
//     last.
//   - groups.yaml beside groups.conf is read, too, and groups.d also where
//     there is no groups.conf.
//
// Steps are read but not written when folding, which is nodeset's default as
// well: pdsh does not know them.
package hosts
