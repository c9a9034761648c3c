// Package remote knows how a command travels: the arguments of ssh, the
// configuration file of our wishes, the script at the far end, its framing,
// and what ssh's own messages mean. It is pure: nothing here runs a process.
//
// # The agent
//
// What clsh asks ssh to run is always the same: `exec sh -c 'SCRIPT' clsh
// NONCE …` (agent.sh). The command itself comes on the script's standard
// input, so that its length, its quoting and the dialect of the login shell do
// not matter, and nothing of it shows in a process list before it runs.
//
//	ssh …  ──>  login shell -c  ──>  sh (agent)  ──>  login shell -l -c COMMAND
//	                                   └─ watcher
//
// The dialogue, with a nonce of 128 bits in every line of the agent's:
//
//	agent   RS NONCE ready           on both streams
//	clsh    CODING NAME RANK COUNT COMMAND
//	shell   RS NONCE begin           on both streams, by the command's own shell
//	clsh    data SIZE COUNT …, end   with --stdin: frames of data, see DataHeader
//	        … output …
//	agent   RS NONCE end STATUS      on both streams
//
// What comes before ready and begin are banners and the noise of rc files.
// Where a shell parses all of the command before it runs any of it, and cannot,
// the agent says "unparsed" in its place, and what the shell said is output. If
// end comes without either, the command never ran: its login shell has ended, or
// runs something else (exec, exit in a profile).
//
// The shell that runs the command gets the command's streams on descriptors 7,
// 8 and 9, and moves them to 0, 1 and 2 when it says begin: whatever a profile
// does to its own, the command has those of clsh, and no profile reads the data.
// csh closes such descriptors: its startup files share the command's input, which
// is empty until begin.
//
// The end marker tells each stream's end without closing it: a daemon that keeps
// the pipe does not hang clsh, and ssh's 255 is told from a command's own.
//
// # Data
//
// An end of file does not mean that the data is complete: a killed ssh causes
// one, too. So data comes in frames, and only a frame "end" closes the command's
// input. The agent's relay takes the frames apart. When the input ends in another
// way, or a line "stop SIGNAL" comes, it signals the watcher and goes on holding
// the command's input open until the watcher has ended the command.
//
// # Stopping
//
// A line on the agent's input, or its end (clsh was killed, the connection is
// gone), makes the watcher end the command: everything that descends from the
// agent, or is in its process group, or did so when the search began, gets
// TERM, and KILL after the grace. The agent says "end" only when none of them
// is alive, so a stop that was answered is a stop that was seen. "left" in the
// end marker says that some could not be ended (they belong to another user).
//
// Descent, not the process group alone: `setsid sleep 300` leaves the group.
// kill(0) is not used: it would end the agent, and with it the answer.
//
// # Deviations from what was first proposed
//
// The agent runs one command, with a watcher beside it, rather than a pipeline
// of listener and runner: the watcher is told the end by a local signal, so
// that a daemon left behind is never taken for a leftover. IgnoreUnknown is not
// used for options that an old ssh does not know: it would override the
// user's own IgnoreUnknown; the version of ssh decides instead. LogLevel=INFO
// is a condition too: with QUIET the reason of a loss would be lost, and with
// it the difference between a lost connection and a remote shell that was
// killed.
package remote
