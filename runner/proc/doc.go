// Package proc runs child processes and leaves nothing of them behind.
//
// # Theory of operation
//
// Each child leads a session of its own (setsid(2)), which also makes its
// process group; a group alone would leave it the terminal, and an ssh that
// wants to ask for a password from a background group is stopped by the
// terminal driver for ever. Whatever the child starts and does not send into
// another session is in its group, so that kill(-pgid) reaches ssh together
// with its ProxyCommand and its jump hosts.
//
// A group may be signalled only while its leader has not been reaped: until
// then the kernel cannot give the number to a stranger. So the end of the
// leader is noticed without reaping it (a pidfd in the runtime's poller on
// Linux, waitid(2) with WNOWAIT elsewhere), what is left of the group is
// killed, and only then it is reaped. A pidfd also costs no thread; a blocked
// wait4(2) does, for each child.
//
// # When the parent is killed
//
// Nothing can be done in the process that gets SIGKILL. A Spawner therefore
// gives its children a parent-death signal (prctl(2), PR_SET_PDEATHSIG), which
// the kernel sends when the thread that forked ends (golang/go#27505): its
// goroutines are locked to their threads until Close. That reaches the leaders
// only. A Sweeper, a small process beside, holds a table of the groups that
// are alive, wakes when its pipe from us ends, and kills them.
//
// On systems other than Linux there is no parent-death signal; the Sweeper
// alone does the work there.
package proc
