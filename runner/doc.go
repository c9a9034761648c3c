// Package runner is the engine: hosts in, events out.
//
// # Theory of operation
//
// Run takes the hosts in their order, as many at a time as the fan-out allows
// and two of them being started. Each is a session: one ssh process in a group
// of its own, with the agent of package remote at its far end. Three goroutines
// belong to it: two readers, one for each stream, and the supervisor, which
// owns the session's state and is the only one that writes to it.
//
//	reader  ─ marks ─┐
//	reader  ─ marks ─┼─> supervisor ──> stop line, TERM, KILL
//	pidfd, limits ───┘
//	reader  ─ output ──> Sink
//
// A session passes through its phases in this order, and may leave out some:
//
//	connecting  until the agent has said ready on both streams
//	beginning   until the command's shell has said begin on both; no data is sent before
//	running     until the agent has said end on both
//	stopping    the agent was asked to end the command
//	closing     the end is known; ssh has a moment to go by itself
//	dropping    ssh's group has got TERM, soon KILL
//
// and is over when ssh has ended, its group is empty, its pipes are drained
// and it is reaped; only then Ended is sent.
//
// Output is passed to the sink by the reader itself, under a mutex: on 256 MiB
// of short lines that took 0.075 s, a channel to a consumer 0.11 s, a channel
// of lines 0.61 s. So a slow sink slows the hosts, through ssh's flow control,
// and costs no memory. Read buffers come from a pool, and are taken only when
// there is something to read: at a fan-out of 1,000 a buffer for each host
// would cost 152 MB.
//
// # Connecting
//
// Before an ssh starts, its host acquires a slot from package admission, which bounds the
// logins in flight, their rate, and the starts at a time, and waits while this machine is
// saturated. A host that was refused before authentication, itself or at a jump host, is
// retried after a pause. Nothing else is, and nothing once a byte of the command was sent,
// which is not before the ready line was read. The time that a host has for its attempts
// counts these and the pauses, not the waiting for other hosts: behind a narrow door the
// last of many hosts waits long and has all its attempts left. Under --raw nobody says when
// the login is over, so the slot is released at once and nothing is retried.
//
// With --persist the connection is a master's that stays (persist.go). ssh is only
// its client then, and from the ready line on ssh alone is ours to end, not what
// else is in its group. Where the master is there already, mostly no ssh is started
// at all (passenger.go).
//
// # Limits
//
// The supervisor keeps every limit with one stall.Timer. When it expires, the time for
// which this process did not run (stopped by ^Z, starved) is credited first: no host is
// lost because we were late. That a
// connection is dead is noticed by ssh (ServerAliveInterval), which goes on
// while clsh is stopped.
//
// # The end
//
// Signal is the one way in from outside: a first SIGTERM starts nothing
// further; SIGINT, SIGQUIT and SIGHUP stop the command everywhere; a second
// signal kills. A lost host (without KeepGoing) and a sink's error stop
// everything in the same way. For SIGKILL see package proc.
package runner
