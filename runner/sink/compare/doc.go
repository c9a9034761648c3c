// Package compare finds out which hosts printed the same, and how the others differ.
//
// # Theory of operation
//
// [Groups] collects what each host prints in a spool, and hashes it on the way. When
// a host ends, it joins the group that has its hash and its exit status; only the
// first of a group keeps its text, so that a thousand equal outputs cost the space of
// one. Text that ends without a newline gets one first: readers cannot see the
// difference.
//
// A host's own name can be replaced before the hash (--normalize), so that
// configuration which names its host compares equal everywhere. Output arrives in
// arbitrary pieces; ownName holds back an end that may be the beginning of the name.
//
// [Diffs] compares two groups line by line, within bounds on memory and time.
package compare
