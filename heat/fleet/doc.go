// Package fleet runs many checks in one process: --config FILE.
//
// # Theory of operation
//
// Each check is a loop of its own (package heat), which knows nothing of the others. Run starts them,
// hands signals on, and waits for them. At SIGHUP it loads the checks again: those with the same
// settings go on as if nothing had happened, others are restarted, each when the old one
// has ended; an error leaves all as they are.
//
// What the loops have to know of each other is on a Board: each puts there how its check has ended, and
// asks whether its own failure counts. The rules are package combine's.
package fleet
