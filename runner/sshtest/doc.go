// Package sshtest is the test bed: real OpenSSH servers, and hosts that fail
// in every way a host can, without a network, without a port that another
// program may want, and without a look at the developer's own ~/.ssh or rc
// files. It needs no privileges; as root it can do a little more.
//
// # Theory of operation
//
// A Site is a directory with a host key, a client key, an sshd_config and an
// ssh_config. Every host name exists in it: the ssh_config reaches all of
// them through "ProxyCommand sshd -i", which serves one connection on its
// standard input and output (sshd(8), -i). So any number of hosts costs
// nothing until they are used, and nothing listens. A name can be given
// another fate before it is used: Daemon (a listening sshd of its own),
// Silent, Refused, Denied, ChangedKey, TurnsAway, and Through (behind a link that
// is slow, breaks or falls silent).
//
// The server side leaves the client's session and process group (setsid) and
// is not the process that ssh signals when it goes: only the end of the
// connection may tell it that the client has gone, as over a real network.
//
// # Login shells
//
// As root a login shell belongs to a user of its own, made by useradd and
// removed with the Site. Else the ForceCommand of sshd_config(5) runs the
// shell in the same way, "SHELL -c COMMAND" with SHELL set, under the
// developer's own name. HOME is a directory of the Site in both cases.
//
// # Processes
//
// What must not be left behind is found by a mark: every process on the far
// side inherits SSHTEST_SITE from sshd (SetEnv), every process on the near side
// from Env. Zombies do not count; they have ended and wait for init.
//
// Nothing here skips a test by itself but Need, which refuses to skip where
// CI is set.
package sshtest
