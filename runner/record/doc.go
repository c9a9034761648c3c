// Package record is the record of a run as JSON objects, one a line: a Writer is a sink that
// writes it, and a Record reads it back and feeds any sink.
//
// A Keeper is a Writer for records that are kept (package runs): it begins with a `run` object, says
// when each host's command began (`start`), and where output was cut (`cut`).
//
// The objects are `line`, `exit`, `batch` and `summary` (object.go, batch.go). Beside what clsh(1)
// names, an exit has the host's rank, so that a replay knows the order in which hosts were given.
// Replay takes no object for granted: types that are not known are skipped, names that are not a
// host's are refused.
package record
