// Package reaper runs heat as the child of a small process that reaps orphans: as PID 1, or with
// --init.
//
// # Theory of operation
//
// wait4(-1) beside os/exec takes os/exec's statuses, so the process that starts checks and hooks
// cannot reap strangers itself. The reaper does nothing else: it starts heat, passes signals on,
// reaps, and exits with heat's status.
//
//	reaper ──▶ heat ──▶ helper ──▶ check
//	   ▲         └────▶ hook ──▶ service
//	   └── orphans of both ───────────┘
//
// As PID 1, every process of the namespace ends with heat: SIGTERM, and SIGKILL after endGrace.
// With --init the reaper is a subreaper. Orphans of checks come to it as well as those of hooks,
// and only the latter end with heat. So heat reports through a socket when a hook begins and has
// ended, and waits until the reaper has looked at its children (checker.Adopted). A reaper that
// does not answer is not asked again.
//
// heat is in a process group of its own, so that ^C reaches it once, through the reaper. The reaper
// holds signals back until heat has handlers for them. A reaper that is killed takes heat with it
// (PR_SET_PDEATHSIG).
package reaper
