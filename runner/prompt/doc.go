// Package prompt is the interactive mode: a prompt, and one shell on each host
// that stays for the whole session.
//
// # Theory of operation
//
// The engine's kept sessions (shells.Set) do the work; a command line is a
// Task of theirs, with a sink of package sink made for it. This package reads
// lines, decides whom they are for, and owns the terminal.
//
//	keys ──> editor (readline) ──> session ──> shells.Set
//	  └── ^C while a command runs ───┘             │
//	screen <── sinks <─────────────────────────────┘
//
// Only keys reads the terminal, by poll(2), so that it can be called back: the
// editor reads from it while the prompt is up, ^C and a Return by itself are taken
// out of it while a command runs, and a program that owns the terminal (:sh, :!vim) has it to
// itself. What is typed ahead waits in it, a line at a time, so that a ^C behind
// the end of a line is for what that line starts. The terminal is raw during a
// command as well, so ^C is a key; a SIGINT that comes by kill(1) is a signal.
//
// The screen is where results go: straight to the terminal, or through the
// editor while the prompt is up, which then draws it again below.
//
// While a command runs on a terminal there is the status line of package sink. It
// is drawn through a console that all who write share: results, local commands, the
// editor. pulse makes it move, and answers Return and SIGUSR1.
//
// A line that is not complete is continued until it is one (unfinished.go). It is for
// the shells of the hosts to say what is wrong with a line, so only what every one of
// them would wait for is continued.
//
// Whatever takes long (a command, a local one, a source of groups) is waited for
// in one place, attend, which hears ^C and signals meanwhile. One that does not
// end after two signals is left: its output is blocked.
//
// Tab finds the word before the cursor (word.go), asks for what it could become,
// and writes that as a shell would read it. A host is asked in the shell of its
// session, so that it sees the same directory, but by an sh of its own, and
// leaves no trace there, not even in $?. Names that hold control characters are
// left out: a host must not steer the terminal.
//
// # Deviations
//
// The editor asks the terminal where the cursor is (DSR), and would wait for
// ever where none answers. It is answered here, without asking: everything that
// is printed ends its line, so the prompt begins in the first column.
//
// A paste of several lines (bracketed paste) becomes one line to be looked at;
// the line ends in it are shown as ↵, and are line ends again when it runs.
//
// A host that is lost while the prompt is up is told of with the next command,
// after its first "-----", as one that was lost before the first.
package prompt
