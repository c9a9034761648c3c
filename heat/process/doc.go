// Package process names, watches and signals processes that heat did not start: that of --pid or
// --pidfile, and a recovery that an earlier heat left running.
//
// # Theory of operation
//
// A process number alone is not enough: the kernel gives it to another process once the first one
// has ended and was reaped. There are two ways around that.
//
// A Handle holds a process by the kernel's handle (a pidfd on Linux, which os.Process has inside).
// It never reaches another process, and the runtime's poller reports the end of the process.
//
// What has to be written down, such as the recovery in a state file, is named by an ID: the number,
// the start in clock ticks since boot, and the boot. A Pidfile, whose number comes from somebody
// else's file, remembers number and start of the process that it first saw for this version of the
// file. File times are not compared with the start, because the clock may have been set.
//
// Where there is no pidfd, or /proc is missing or another namespace's, the number has to do.
package process
