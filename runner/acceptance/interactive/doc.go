// Package interactive has the tests of clsh -i: on a terminal, on a screen that tmux draws, through a
// pipe, and with CLSH_COMPAT; and those of completion in the user's own shell.
package interactive
