// Package terminal shares a terminal between output and a status line, and has the
// colours for it.
//
// # Theory of operation
//
// A [Console] lies between all writers and the process's two output
// streams. A write to a stream that leads to the terminal of the status line erases
// the line, writes, and draws the line again below the output, all under one lock;
// a write to another stream passes unchanged. Whoever keeps the line's text hands it
// over with SetStatus, as a function of the width: the console calls it at each
// draw, so that a resized terminal gets a line that fits.
//
// A line that output has not ended yet would be torn apart by the status line. The
// console remembers whether the last write ended its line, and draws only then.
//
// A [Palette] is chosen once for a stream. It knows colours, not the rules whether
// there are any: those are options, and belong to package sink.
package terminal
