// Package policy is the part of heat that decides: which failure counts, when
// the recovery script runs, when a repair is proven, when the next check is
// due. It starts nothing, prints nothing and knows no clock; every instant is
// handed in, as time since heat's start.
//
// # Theory of operation
//
// A State and the Result of one check give the next State and the Actions to
// carry out, in order. The loop does what they say and then asks Next for
// the instant of the next check.
//
//	             bad, threshold reached
//	Watching ──────────────────────────▶ Repairing ◀─────────────┐
//	   ▲                                    │ Repaired           │
//	   │     Rise good re-checks            ▼        bad, window │ over
//	   ├──────────────────────────────── Rechecking ─────────────┤
//	   │                                    │ with a backoff     │
//	   │                                    ▼                    │
//	   └──────────────────────────────── BackingOff ─────────────┘ bad, pause over
//
//	Rechecking ── bad, window over, MaxRecoveries tried ──▶ GaveUp
//	Watching ── bad, threshold reached, MaxRecoveries tried ──▶ GaveUp
//
// With UntilOK the diagram is another one: heat waits for good checks and repairs nothing.
//
//	Watching ── UntilOK good checks in a row ──▶ Reached
//	Watching ── Within over (Expire, or a check that ends later) ──▶ Missed
//
// Repairing is entered only when the pause before the recovery is over: MinGap
// since the end of the last one, and the backoff. A streak of failures that
// reaches the threshold earlier stays in Watching until then.
//
// Two counts of recoveries are kept. Streak.Recoveries is that of the streak, and
// ends with it. State.Tried is what the backoff, MaxRecoveries and the warning
// go by; it is forgotten when checks have been good for Stable, so that a
// service that is good for one check after each repair meets these rules too.
//
// Every arrow into Repairing is labelled "bad": no recovery starts unless the
// check right before it failed. That is why the end of the re-check window is
// not a timer that starts the script, but an instant (Due) at which one more
// check is made, off the grid if need be. A service that came up in the last
// moment is seen to be up, and is left alone.
//
// # Where the manual leaves room
//
//   - A check that could not be started (CannotRun) says nothing about the
//     service. It is shown, logged and handed to the fail script, as the manual
//     says, but the process of --pid gets no signal, and during re-checks it is
//     only logged. It neither counts nor ends a run of good re-checks.
//   - The codes of --ignore-codes are compared with the code that would be shown,
//     so 124 covers the limit and 137 a SIGKILL.
//   - After a success that proves a repair the new grid begins when that check
//     ended, so its first check comes one interval after the moment at which
//     the repair was known to be good.
//   - Toward UntilOK, a check that is unknown, could not be started, or ran while heat was paused
//     neither counts nor begins the count again, as in a run of good re-checks. A check that ends at
//     the instant of Within, or later, comes too late.
//   - The gap counts from the end of a recovery to the start of the next.
//   - The backoff counts from the failed check at which the repair would have
//     been made without it.
package policy
