// Package state keeps what heat remembers besides the policy's state, and writes two files: the
// state file, which survives a restart, and the metrics.
//
// # Theory of operation
//
// A Store counts checks and recoveries. The loop calls Save after each check; the store decides
// whether the state file has to be written. A write waits for the disk, and most checks change
// nothing but a counter. So the file is written when something changes that a restart needs (a
// streak, a recovery, a pause), once in countersEvery for the counters, and by Flush when heat
// ends. It is synced to disk before the rename. The metrics are written each time: nobody needs
// them after a crash.
//
// Instants of the policy are durations since heat's start. In the state file they are moments of
// the wall clock.
//
// Nothing here stops heat. Both files are written in lanes (package output); the first error is
// reported, further ones are not. A state file that cannot be read is set aside, so that a heat
// that a service manager starts again and again does not stay down for it.
package state
