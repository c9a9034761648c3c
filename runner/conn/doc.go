// Package conn opens sessions with hosts: an ssh process for each, or a session on a kept
// connection, with its standard input, its two framed streams, and a way to end it.
//
// A Dialer holds what the sessions of a run share. Dial starts ssh; the supervisor of a
// session, the goroutine that dialed, is the only one that acts on it:
//
//	reader  ─ marks ─┐
//	reader  ─ marks ─┼─> supervisor ──> Stdin, End, Kill
//	pidfd, limit  ───┘
//	reader  ─ output ──> Emit
//
// Readers pass output on themselves, so that a slow sink slows the hosts, through ssh's flow
// control, and costs no memory. Their buffers come from a pool, and are taken only when there
// is something to read: at a fanout of 1,000 a buffer for each host would cost 152 MB.
//
// When ssh has exited, Finish drains the pipes, ends what is left in ssh's group, reaps it,
// and reads what it said. What all that means for the host, Ending.Outcome decides: one pure
// function, for a command (package runner) and for a line of a kept shell.
//
// What batch mode and shells do differently stays with them: which marks they wait for, their
// limits, and what they write to the session.
package conn
