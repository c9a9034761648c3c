// Package askpass lets a run answer the questions of the ssh processes that it has started.
//
// ssh(1) starts the program that SSH_ASKPASS names, with its question as the argument, and reads
// the answer from that program's standard output. The program is clsh itself, called Name by a
// symbolic link in the run's private directory (Main). It hands the question on through a socket
// in the same directory, which nobody else can enter, and prints what the run answers (Server).
//
// An ssh takes the end of a program without an answer for an empty one, and sends it: the server
// counts a failure more. So a question that must not be answered has no end either. The program
// ignores all signals but SIGKILL, and waits until the ssh that has started it is gone.
package askpass
