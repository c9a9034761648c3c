// Package inventory reads Ansible's inventories as JSON: what a dynamic inventory prints when it is
// called with --list, and what ansible-inventory --list makes of every other kind.
//
// An answer is an object. Each member is a group, with hosts, children and vars; the member _meta
// has the variables of hosts. An old script prints no _meta and answers --host NAME instead, and in
// an old answer a group is a plain list of hosts.
//
// An [Inventory] merges the answers of several sources, later ones over earlier ones. Its rules are
// Ansible's: every group is below the group all; ungrouped are the hosts of no other group; the
// variables of a host override those of its groups, and those of a group override its parents'.
// Names are not checked here, beyond being text: a name becomes a host only where it is selected.
package inventory
