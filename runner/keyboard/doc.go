// Package keyboard reads what the user types at the terminal beside commands: the Return key,
// which prints the states, and the answer to a question between two groups of a rollout.
//
// Nothing here changes the terminal's modes: it stays in canonical mode, delivers whole lines, and
// echoes them. One reader reads at a time, so that an answer does not go to the watcher of the
// Return key. A process in the background does not read, which would stop it (termios(3), "Job
// control").
package keyboard
