// Package checker runs one command again and again and ends all of it: what
// the command started is ended with it, wherever it has gone.
//
// # Theory of operation
//
// heat does not start a check itself. It starts a helper, the same binary
// under the name of HelperName, which stays for as long as heat does and is
// the subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)) of everything that a check
// starts: whatever loses its parent becomes a child of the helper, not of
// init. So descent alone tells what belongs to the running check. Nothing is
// looked for by name, by group, by session or by environment, for a check can
// leave the last three, and a service that a recovery script started shares
// the first and the last.
//
//	heat ──socket──▶ helper (subreaper) ──▶ check ──▶ …
//	 └──▶ hooks, which are not under the helper and never its to end
//
// The socket is a pair of SOCK_SEQPACKET. A request to run carries the two
// pipes for the check's output, which heat reads itself. The limit is kept by
// the helper, so that a heat that is stopped (SIGSTOP) or swapped out does not
// stretch it. The end of the socket is the death of heat: then, too, the
// running check is ended.
//
// Ending is a loop over the process table: SIGTERM (and SIGCONT, for what is
// stopped) to each descendant once, SIGKILL to all after the grace, until none
// is left: until three looks in a row find none, because a process that forks and
// ends while the table is read hides its child. A number read from the table is signalled only through a pidfd
// that was opened for it and then found to be the same process still, so that
// no stranger is hit. What cannot be ended (another user's process, or one in
// uninterruptible sleep) is counted in Report.Left.
//
// What a check leaves behind when it ends by itself is not touched, then or
// later. While something of that kind is alive, descent from the helper would
// no longer mean descent from the running check, so the helper refuses to
// start another one (busy), steps down, and a new one takes its place; the
// leftovers go to init.
//
// # The helper
//
// It must reap strangers, and wait4(-1) beside os/exec takes os/exec's
// statuses. So it has one goroutine that forks, waits and reaps by itself, and
// does not use the package runner/proc, which needs os/exec. What others
// left is reaped when the next check begins.
//
// The helper may be killed (by the kernel's OOM killer). While a check runs,
// heat is a subreaper, too: what the helper had under it becomes heat's then,
// and heat ends it. What is older than the helper is not the check's, so children
// that heat has had before are spared; it must start none while a check runs, and
// hooks do not run beside checks. Between checks heat is none, so that what a
// hook left, or an earlier check, never comes to heat.
//
// The check's first process gets SIGKILL with the helper (PR_SET_PDEATHSIG),
// for the case that both heat and the helper are killed. That signal is sent
// when the thread that forked ends (golang/go#27505); Go's threads do not end
// unless a goroutine ends that is locked to one, and here none is.
//
// What a check costs is mostly wakings. The runtime's monitor thread looks around
// every 20 µs while a goroutine runs or is in a system call, and it wakes for
// each system call and for each timer. Both ends therefore wait in the runtime's
// poller (waiter), where everything sleeps; calls that cannot block are made
// without the runtime (RawSyscall); heat's clock is a timerfd. Nobody waits for
// what says nothing new: the end of the pipes, SIGCHLD beside a pidfd.
//
// # Gates
//
// clsh runs the gate of a rollout as a check, each with a Checker of its own, because the
// environment differs and what a gate leaves running is not the next one's business. It has
// children of its own then (the sweeper of package runner/proc), which are older than the helper,
// and starts none: no host runs during a gate.
//
// # Elsewhere
//
// Where there is no subreaper (darwin, BSD, a Linux older than 5.4) a check is
// a process group of runner/proc, and what leaves the group is not ended.
package checker
