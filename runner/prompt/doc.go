// Package prompt is the interactive mode: a prompt, and one shell on each host that stays
// for the whole session.
//
// # Theory of operation
//
// Package input reads command lines, and package shells runs them; each command is a Task
// with a sink of package sink made for it. This package decides whom a line is for, and
// owns the screen:
//
//	input ──> session ──> shells.Set (or logins: a login for each command)
//	  └── ^C ────┘             │
//	screen <── sinks <─────────┘
//
// The screen is where results go: straight to the terminal, or through the editor while the
// prompt is up, which then draws the prompt again below them. While a command runs on a
// terminal there is a status line, drawn through a terminal.Console that everybody who writes
// shares: results, local commands, the editor. pulse updates it, and answers Return and
// SIGUSR1.
//
// Only one command runs at a time. Whatever takes long (a command, a local one, a source of
// groups) is waited for in one place, attend, which handles ^C and signals meanwhile. What does
// not end after two signals is abandoned: its output is blocked.
//
// :put and :get (copy.go) ask each host's shell for its directory, and then run as --copy and --rcopy
// do, in logins of their own: the input of a session's shell is its requests, so a command there has
// none. A host whose shell is lost is reported as for any command.
//
// A line that is not complete is continued (unfinished.go). Only what every shell would wait
// for counts: it is up to the hosts' shells to report what is wrong with a line.
//
// Tab finds the word before the cursor (word.go), asks for what it could become, and writes
// that as a shell would read it. A host is asked in the shell of its session, so that it sees
// the same directory, but by a separate sh that leaves no trace, not even in $?. Names with
// control characters are left out: a host must not control the terminal.
//
// # Deviations
//
// A host that is lost while the prompt is up is reported with the next command, after its
// first "-----", like one that was lost before the first command.
package prompt
