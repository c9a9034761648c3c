// Package runner is the engine: one command on many hosts, events out.
//
// # Theory of operation
//
// Run takes the hosts in their order, as many at a time as the fanout allows and two of them
// being started. Each is a session (package conn): one ssh process in a group of its own, with
// the agent of package remote on the remote side. Its supervisor, a goroutine, owns the
// session's state and is the only one that writes to it.
//
// A session passes through its phases in this order, and may leave out some:
//
//	connecting  until the agent has said ready on both streams
//	beginning   until the command's shell has said begin on both; no data is sent before
//	running     until the agent has said end on both
//	halting     the agent was asked to stop the command
//	ending      the end is known, and ssh has a moment to exit; or it gets TERM, soon KILL
//
// and is over when ssh has exited, its group is empty, its pipes are drained and it is reaped;
// only then Ended is sent. What the outcome is, conn.Ending decides.
//
// Output is passed to the sink by the session's reader itself, under a mutex: on 256 MiB of
// short lines that took 0.075 s, a channel to a consumer 0.11 s, a channel of lines 0.61 s.
//
// # Connecting
//
// Before an ssh starts, its host acquires a slot from package admission, which bounds the
// logins in flight, their rate, and the starts at a time. A host that was refused before authentication, itself or at a jump host, is
// retried after a pause. Nothing else is, and nothing once a byte of the command was sent,
// which is not before the ready line was read. The time that a host has for its attempts
// counts these and the pauses, not the waiting for other hosts: behind a narrow door the
// last of many hosts waits long and has all its attempts left. Under --no-agent nobody says when
// the login is over, so the slot is released at once and nothing is retried.
//
// # Rollouts
//
// The hosts are run in groups; without a Rollout there is one. A group begins when the one before
// has ended wholly, and what is to be done in between (Rollout.Between) has let it. No host runs
// then, so a gate may rely on this process starting nothing beside it.
//
// A failure is counted at the moment that it is known: when the command has ended with another
// status than 0, or at its limit, and not only when ssh has exited. Once more hosts have failed
// than may, or Between has said so, the run drains. A host is admitted and a failure counted under
// one lock, so no host starts after the failure that was one too many.
//
// # Limits
//
// The supervisor keeps every limit with one stall.Timer. When it expires, the time for
// which this process did not run (stopped by ^Z, starved) is credited first: no host is
// lost because we were late. That a connection is dead is noticed by ssh
// (ServerAliveInterval), which goes on while clsh is stopped.
//
// # The end
//
// Signal is the one way in from outside: a first SIGTERM starts nothing further; SIGINT,
// SIGQUIT and SIGHUP stop the command everywhere; a second signal kills. A lost host (without
// KeepGoing) and a sink's error stop everything in the same way, and a rollout that stops drains.
// For SIGKILL see package proc.
package runner
