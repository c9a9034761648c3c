// Package heat runs a check at an interval, reports failures, repairs, and proves the repair.
//
// # Theory of operation
//
// Package policy decides and does nothing; package checker runs a check and stops it with all its
// descendants. Package loop connects them:
//
//	       sleep until policy's next instant
//	         │
//	         ▼
//	checker ──▶ Report ──▶ policy.Observe ──▶ actions: console, log,
//	         ▲                                signals, hooks, files
//	         └───────────────────┘
//
// A loop is one goroutine. A check or a hook runs beside it as a task, one at a time. While it waits
// (for a task, or for the next instant) its worker serves the signals to heat, the end of the process
// of --pid, and the service manager's watchdog. So nothing there needs a lock.
//
// This package only begins: it makes the process one that runs checks, opens a loop, and says why heat
// does not start. The packages below it each do one thing. options is the command line; console,
// output, page, ping, manager and state are where reports go; hook runs hooks, process signals the
// process of --pid, and executable says whether a file can run. probe is a check without a program,
// which runs in this process; places is a check on several hosts, which the command line hands to
// the loop, so that heat itself reaches no host. reaper is the process above heat, as PID 1 and with
// --init.
//
// # Many checks
//
// With --config, package fleet runs a loop for each check, and package failover a switch between two,
// each in a goroutine of its own. They share the streams (package output is safe for that) and the
// pool of helpers in package checker; else they know of each other only what the fleet's board tells
// them. Before a failure of a check counts, what it needs has been found good after it.
//
// # Time
//
// Instants are durations since heat's start on the monotonic clock: neither a step of the wall
// clock nor the checks' own length moves the grid. After a timer that fires more than an interval
// late (SIGSTOP, a suspended machine), heat goes on at the next instant of the grid. The numbers on
// the console are the wall clock's.
//
// # What heat stops
//
// A check only asks: heat stops everything that it started. A hook's children may be the service:
// heat never stops them (package hook).
//
// # What heat writes
//
// A loop writes nothing itself: each stream, the log, the state file, the metrics and the service
// manager have a lane (package output). At the end, and before a recovery, the loop waits for what
// is being written, for a bounded time, and never twice for a lane that was stuck. A process that
// exits leaves a blocked lane behind.
//
// # Decisions
//
//   - All errors, the Python heat's lines about wrong calls among them, are on standard error;
//     standard output has the lines of checks only. With HEAT_COMPAT, errors with exit status 1 are
//     there, too.
//   - What hooks left running ends with a heat under --init however heat ends, as PID 1's namespace
//     does.
//   - A hook that is the name of a file, in the current directory too, is that file. Anything else
//     is a command line, whose program is looked up in $PATH.
//   - A check or a hook without a #! line is given to /bin/sh, as execvp(3) does.
//   - A --pid that may not be signalled is a wrong call (exit 2); the Python heat has no words for
//     it. The line for one that is not there is the Python heat's (exit 1).
//   - Options that mean nothing without --threshold are refused without it, not ignored, and so is
//     --give-up without --max-recoveries.
//   - A first check that cannot be started is an error at start, too: a file can be executable and
//     have no interpreter.
//   - With --pid, a process that has gone ends heat at the next failed check, also if that is a
//     re-check.
//   - A check that was interrupted by a signal to heat is not shown or counted. A recovery that was
//     ordered but not begun when heat ended is ordered again by the next heat on the same --state,
//     if its first check fails; one that was begun counts as tried, and is followed by its re-checks.
//   - After giving up, a new start on the same --state tries again, but not before
//     --min-recovery-gap is over.
//   - --min-recovery-gap counts from the end of a recovery. While it, or --backoff, delays the first
//     recovery of a new streak, checks go on as before: shown, signalled and handed to --fail.
//   - Of a stored streak, failures that are older than --stable (one minute at least) do not count;
//     those of a repair that was under way count for a day, since a recovery may reboot the machine.
//   - Lines of standard output that nobody read are counted on standard error, since standard output
//     has the lines of checks only; in JSON by an event.
//   - The numbers that hooks get are Unix seconds with --time iso, too.
//   - A state or metrics file that is not a regular file (/dev/null, a FIFO) is written to and never
//     replaced, and no state is read from it.
//   - --within counts from heat's start, --delay included. It ends a running check as a signal does; a
//     running hook is waited for, and a signal ends that. A wait that cannot succeed, because the
//     checks in a row take longer than --within, is refused.
//   - --fail-of takes the place of --threshold; a streak lasts until Y checks in a row are good.
//   - Changes of state, not of single results, count for --flap, and quiet means no change for D.
//     Without --threshold one failure makes the state failed.
//   - A probe has the exit codes 0, 1, and 124 at its limit, and no process number.
//   - --ping goes out after checks, so that a hook that hangs is noticed, too.
//   - In a file of --config, what is about the process (format, quiet, time, lock, init) is refused,
//     and on the command line what is about a check. Variables hold beneath the file.
//   - A check that needs a failing one does not run. One that gives up ends; the others go on, and
//     those that need it are held. --once waits for what a check needs.
//   - A switch (primary, secondary) is a table of its own. hold is one minute where it is not given.
//   - A quorum is a percentage of the voters, more than 18 % by default. A place that lacks the command
//     is lost, one on which it takes too long has failed it. Unknown for want of voters has exit code 255.
//   - The page has counts of checks a day, and no durations of outages: heat does not know what was
//     between two checks.
//   - At most 32 programs run at a time; a check that waits for one to end begins late.
//   - --log-keep is 5 where only --log-size is given; MAX of --backoff is one hour.
//
// # Libraries that are not used
//
// Log rotation is package output's own: the libraries for it count in megabytes (--log-size is in
// bytes), make missing directories, and rename the file when asked to reopen it. The metrics are
// seven and are written as text: the client libraries bring net/http, 4 MiB of binary and a third of
// the memory that heat may use.
package heat
