// Package heat runs a check at an interval, tells when it fails, repairs, and
// proves the repair.
//
// # Theory of operation
//
// The package policy decides and does nothing; the package checker runs a
// check and ends it with all that descends from it; the loop in this package
// stands between them:
//
//	       sleep until policy's next instant
//	         │
//	         ▼
//	checker ──▶ Report ──▶ policy.Observe ──▶ actions: console, log,
//	         ▲                                signals, scripts, files
//	         └───────────────────┘
//
// The loop is one goroutine. A check or a script runs beside it as a task, one
// at a time, and while the loop waits (for a task, or for the next instant) it
// serves the signals to heat, the end of the process of --pid, and the service
// manager's watchdog. So nothing here needs a lock, and a test can put the
// whole of it on a clock of its own with other hands.
//
// # Time
//
// Instants are durations since heat's start on the monotonic clock: neither a
// step of the wall clock nor the checks' own length moves the grid. A timer
// that fires more than an interval late (SIGSTOP, a suspended machine) makes
// heat go on at the next instant of the grid. The numbers on the console are
// the wall clock's.
//
// # What is heat's to end, and what is not
//
// A check is a question; all that it started is ended with it. A script's
// children may be the service: they are never heat's. A script is started
// through runner/proc as the leader of a session of its own, with heat's
// standard error for its outputs (where that cannot be written: the log, or
// /dev/null), and heat signals its group only at
// --hook-timeout and at the second signal to end, while the script itself has
// not been reaped. When it is ended so, the whole grace is waited for before
// SIGKILL, also where the script itself went at once: others of its group may
// be about to.
//
// # What heat writes
//
// The loop writes nothing itself: each stream, the log, the state file, the
// metrics and the service manager have a lane, a goroutine that runs only while
// there is something to write. What blocks blocks its lane. Lines wait there up
// to a bound, further ones are counted; of a file that is replaced, only the
// newest text waits. At the end, and before a recovery, the loop waits for what
// is being written, for a bounded time, and never twice for a lane that was
// stuck. A process that ends leaves a blocked lane behind.
//
// # As PID 1, and with --init
//
// A small reaper is PID 1 and runs heat as its child. wait4(-1) beside os/exec
// takes os/exec's statuses, so the process that starts checks and hooks cannot
// reap strangers itself.
//
// With --init the reaper is a subreaper instead. Orphans of checks come to it as
// well as those of hooks, and only the latter end with heat. So heat reports,
// through a socket, when a hook begins and has ended, and waits until the reaper
// has looked at its children (checker.Adopted). A reaper that is killed takes heat
// with it (PR_SET_PDEATHSIG); one that does not answer is not asked again.
//
// # Where the manual leaves room
//
//   - All errors and the original's messages about wrong calls are on standard
//     error; standard output has the lines of checks only. With HEAT_COMPAT,
//     errors with exit status 1 are there, too.
//   - What hooks left ends with a heat under --init however heat ends, as PID 1's
//     namespace does.
//   - A hook that is the name of a file, in the current directory too, is that
//     file. Anything else is a command line, whose program is looked for in
//     $PATH.
//   - A check or a script without a #! line is given to /bin/sh, as execvp(3)
//     does.
//   - A --pid that may not be signalled is a wrong call (exit 2); the original
//     has no words for it. The line for one that is not there is the original's
//     (exit 1).
//   - Options that mean nothing without --threshold are refused without it, not
//     ignored, and so is --give-up without --max-recoveries.
//   - A first check that cannot be started is an error at start, too: a file can
//     be executable and have no interpreter.
//   - With --pid, a process that has gone ends heat at the next failed check,
//     also if that is a re-check.
//   - A check that was interrupted by a signal to heat is not shown or counted.
//     A recovery that was ordered but not begun when heat ended is ordered anew
//     by the next heat on the same --state, if its first check fails; one that
//     was begun counts as tried, and is followed by its re-checks.
//   - After giving up, a new start on the same --state tries again, but not
//     before --min-recovery-gap is over.
//   - --min-recovery-gap counts from the end of a recovery. While it, or
//     --backoff, holds back the first recovery of a new streak, checks go on as
//     before: shown, signalled and handed to --fail.
//   - Of a stored streak, failures that are older than --stable (one minute at
//     least) do not count; those of a repair that was under way count for a day,
//     since a recovery may reboot the machine.
//   - Lines of standard output that nobody read are counted on standard error,
//     since standard output has the original's lines only; in JSON by an event.
//   - The numbers that hooks get are Unix seconds with --time iso, too.
//   - A state or metrics file that is no regular file (/dev/null, a FIFO) is
//     written to and never replaced, and no state is read from it.
//   - --log-keep is 5 where only --log-size is given; MAX of --backoff is one
//     hour.
//
// # Libraries that are not used
//
// Log rotation is this package's own: the libraries for it count in megabytes
// (--log-size is in bytes), make missing directories, and rename the file when
// asked to reopen it. The metrics are seven and are written as text: the
// client libraries bring net/http, 4 MiB of binary and a third of the memory
// that heat may use.
package heat
