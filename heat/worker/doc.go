// Package worker is what a check and a switch have in common: how a goroutine waits, what it hears
// meanwhile, where it reports, and how it runs hooks.
//
// A Worker belongs to one goroutine. Whatever that waits for, it waits through Wait, which serves the
// signals to heat, the end of the process of --pid, the end of --within, and the service manager's
// watchdog; so nothing in a Worker needs a lock. Logf alone may be called from any goroutine.
//
// New makes the worker that has the streams of the process, Beside one that shares them with it.
package worker
