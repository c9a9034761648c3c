// Package relay runs the hosts of a run by means of others: relays, hosts on which clsh is installed.
//
// # Theory of operation
//
// The root, the clsh that somebody called, reaches each relay as it would reach a host, and starts
// `clsh --serve-relay` there. The relay runs its hosts with the ordinary engine and its own ssh.
//
//	root    runner.Runner ── Fleet ── link ── ssh ──┐
//	relay                            Server ── runner.Runner ── ssh ── host
//
// Forward go lines (line.go):
//
//	job JSON          what is run: the first line
//	grant RANK NAME   a host of the relay's
//	drain             start nothing further
//	stop SIGNAL       stop the commands
//	kill              end everything at once
//	ping              the root is there; the answer is an empty line
//
// Back comes a hello, and then the record of the relay's part of the run, with the ranks of the whole
// (package record). Output that another host has printed before is only a number there (tree.go), so
// that each distinct output goes over the link once. What comes before hello is the noise of a login.
//
// # Who has which host
//
// The root's table (table.go, deal.go) and the relay's share (share.go) are pure. A relay has at most
// as many hosts as it runs at a time, and a quarter more. A host is granted to another relay only if
// the one that had it has ended it as not started, or as unreachable before its command was handed
// over; never to the same relay again. So no command runs twice, whatever breaks when: what a relay
// was granted and has not ended is lost with it, although it may not have begun.
//
// A host that one relay cannot reach is tried by one other, because a relay may be the one that is
// cut off.
//
// # The end of a link
//
// A relay that names a host that it was not granted, reports an end before its start, or sends what
// is no object of a record, is lost, as one that falls silent. The relay for its part stops the
// commands when its input ends, when it has heard nothing of the root for a while, when a line is
// none of the six, and at SIGTERM, SIGHUP, SIGINT and SIGQUIT. If it is killed, package proc kills its
// ssh, and the agents on the hosts stop the commands.
//
// Each end stays bounded: lines have a longest length, grants a highest number, and the root's lines
// wait in an outbox, so that a relay that does not read holds up nobody.
//
// # What a host costs
//
// The outboxes of both ends gather (outbox.go): a write, a packet and a turn of ssh and sshd for each
// line would cost the root several times what it does itself for a host. The root also gathers what
// its relays report, from all of them at the same beat (beat.go): a wake-up, which wakes the threads
// of Go's scheduler, too, costs more than what there is to do for a few hosts. No host has a goroutine
// at the root. What the reader of a link reports, it passes on to the sink itself, without the fleet's
// lock: a slow sink must not keep the root's pings from the relays.
package relay
