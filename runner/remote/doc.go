// Package remote knows how a command travels: the arguments of ssh, the
// configuration file of our defaults, the script at the far end, its framing,
// and what ssh's own messages mean. It is pure: nothing here runs a process.
//
// # The agent
//
// What clsh asks ssh to run is the same for every command: `exec sh -c 'SCRIPT' clsh NONCE …`
// (agent.sh; survey.sh and stop.sh for a stop, relay.sh and stage.sh where there is data). The command
// itself comes on the script's standard input, so that its length, its quoting and the dialect of the
// login shell do not matter, and nothing of it shows in a process list before it runs.
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
// the pipe does not hang clsh, and ssh's 255 differs from a command's own.
//
// # Data
//
// An end of file does not mean that the data is complete: a killed ssh causes
// one, too. So data comes in frames, and only a frame "end" closes the command's
// input. The agent's relay takes the frames apart. When the input ends in another
// way, or a line "stop SIGNAL" comes, it signals the watcher and goes on holding
// the command's input open until the watcher has ended the command.
//
// A relay that waits for the command to read cannot read itself. Where ssh is the client that is no
// harm: the watcher sees the end of sshd. The process that another client leaves on the host may
// stay, so there the relay must never wait: a mover between it and the command answers each frame
// (PieceHeader), and clsh sends one at a time.
//
// # Stages
//
// A script of ours that takes much data, as a copy does, needs no relay: it runs as a stage before
// the command, in the agent's own shell, and reads lines and frames from the connection itself. What it
// reads says where the data ends, and a stop comes between two frames; while it computes, a listener reads
// (stage.sh). "again" follows on both streams, then comes the request of the command, if there is one:
//
//	clsh    CODING NAME RANK COUNT STAGE
//	agent   RS NONCE begin
//	        … what the stage and its client say to each other …
//	agent   RS NONCE again
//	clsh    CODING COMMAND
//	shell   RS NONCE begin, and so on
//
// # Stopping
//
// "stop SIGNAL" on the agent's input, or its end (clsh was killed, the connection
// is gone), makes the watcher stop the command (stop.sh): it sends STOP to the
// command's processes and looks again until a look finds no new one, then SIGNAL,
// TERM and, after the grace, KILL. It looks twice more before it says that none is
// left. Without the freeze, what is started between a look and a signal would
// be an orphan at the next look, and survive. Before each signal all of them are
// stopped, parents first: fish takes a child that it sees stopped for one that is done.
//
// The command's are: what descends from the agent, what is in its session, orphans
// in sessions of their own that have CLSH_SESSION in their environment and hold an
// input or output of the session, and orphans without that variable that hold an
// output: sudo and "su -" clear the environment. An interactive session, where an
// earlier line may have started the last ones, only names them. Other processes with
// that variable are services: they stay. "left PID NAME,..." in the end marker names
// what stays; PID 0 means what an ssh may have started elsewhere. Such a stop is
// not confirmed.
//
// kill(0) is not used: it would end the agent, and with it the answer.
//
// # Deviations from what was first proposed
//
// The agent runs one command, with a watcher beside it, rather than a pipeline
// of listener and runner: the watcher is told the end by a local signal, so
// that a daemon left behind is never taken for a leftover. IgnoreUnknown is not
// used for options that an old ssh does not know: it would override the
// user's own IgnoreUnknown; the version of ssh decides instead.
//
// # Reasons
//
// LogLevel is the user's: a server's banner, for one, hangs on it. Still clsh must
// know why an ssh ended, or it could not tell a lost connection from a remote shell
// that was killed, nor a dead host behind a jump host from an overloaded server.
// LogVerbose (OpenSSH 8.5) makes just those functions log that tell, into the file of
// -E, and a jump host's ssh to standard error, where all before the command begins is
// ours to read. With an older ssh, clsh knows what LogLevel lets through: with
// QUIET only that ssh exited with status 255.
package remote
