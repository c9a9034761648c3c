// Package input turns a terminal, or a pipe, into command lines.
//
// # Theory of operation
//
// One goroutine reads standard input, by poll(2), so that it can be stopped at any
// time. What it reads waits in keys until somebody wants it:
//
//	stdin ──> keys ──> editor (readline) ──> ReadLine
//	            └── Pressed: ^C, ^\, ^Z and Return, while a command runs
//
// What is typed means different things at different times. At the prompt it is for the
// editor. While a command runs, ^C, ^\, ^Z, and Return on an empty line act at once, and
// everything else waits, a line at a time, so that a ^C typed after the end of a line
// interrupts what that line starts. While another program has the terminal, keys reads
// nothing. The terminal is raw during a command as well, so that ^C is a key; a SIGINT
// that somebody sends with kill(1) is a signal, and no business of this package.
//
// The editor works through its whole line for each key. A paste therefore bypasses it:
// pasteFilter takes the text that the terminal marks as pasted (bracketed paste) out of
// the keys and puts one key in its place, for which the editor inserts the text at once.
// A terminal that marks nothing is recognized by how much arrives together. A paste of
// several lines becomes one line, in which ↵ shows the line ends, and runs only
// when the user presses Return.
//
// A line that is not complete, as the caller's Unfinished says, is continued with a
// second prompt.
//
// Without a terminal, lines are read as they are, after a prompt and without echo, as
// the Python clsh reads them.
//
// # Deviations
//
// The editor asks the terminal for the cursor's position (DSR), and would wait forever
// for a terminal that does not answer. It gets its answer here, without a question:
// everything that is printed ends its line, so the prompt begins in the first column.
package input
