// Package shells keeps one shell on each host and runs one command after the other in it:
// interactive mode.
//
// A Set has the shells; what they share is common. Each shell has a supervisor, the goroutine of
// serve, which owns its state (shell.go), and what it does with a command is in command.go. It
// connects at once (package conn), and takes commands when the shell is there; until then they
// wait. A session passes through these phases:
//
//	connecting  until the shell has said begin on both streams
//	idle        a command may come
//	running     until the command has said end on both, or the shell has exited
//	halting     the command was asked to stop
//	killing     the shell did not give the line up and was killed; another is opened
//	ending      our end of the input is closed, or ssh is being ended
//
// A shell that exits is reopened in the same session. A session that is lost stays lost: each
// later command is answered with that result, until Reconnect.
package shells
