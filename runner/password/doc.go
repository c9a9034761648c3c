// Package password decides which host is given the password that the user has typed, and when.
// It is pure.
//
// A mistyped word must not lock the accounts of a fleet. So one host proves the password first
// (Gate.Take): until a host has accepted it, one host at a time is given it, and the others wait.
// A host that does not ask takes no part. The first refusal before any success lets nothing
// further start, unless the user can be asked again; three are the end in any case, for that is
// how many failures lock an account (faillock(8), deny). Once a host has accepted the password,
// every host is given it as soon as it asks, and a refusal is a matter of that host.
//
// No host is given a password twice in a run.
package password
