// Package mux opens sessions on a connection that an ssh keeps, its master, as
// the ssh of a second call does (ssh_config(5), ControlMaster): it asks by the
// master's socket, and hands over the ends of three pipes, between which and the
// host the master then passes what comes. Source: OpenSSH's PROTOCOL.mux,
// version 4, "passenger" clients.
//
// An ssh that is such a client does no more than this, and to start it costs more
// than the whole rest of a short command (scripts/bench persist).
//
// A session without a terminal is all that is spoken here; for the rest there is
// ssh.
package mux
