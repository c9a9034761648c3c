// Package sink shows a run: it makes text, files and figures of the engine's
// events.
//
// # Theory of operation
//
// There is one small sink for each way of showing; multi passes every event to all of them.
// [New] composes them from the options and refuses combinations that make no sense. Nothing here starts a goroutine or takes a lock: the
// engine calls from one goroutine at a time, and a sink that is slow, because
// its reader is, slows the hosts.
//
// Sinks take any cut of the bytes into events: whole lines, pieces, single
// bytes. What cannot be shown yet (a line that has not ended) waits in a spool:
// in memory up to 1 MiB a host and 32 MiB a run, past that in one temporary
// file that has no name, so that memory does not grow with what hosts print and
// nothing is left on disk however the process ends.
//
// A sink that fails is left out from then on and its error ends the run; the
// others still get every event, and their Close.
//
// Everything that goes to a terminal is sanitized first (a control character becomes ^[ or
// the like), whatever the format, ssh's messages too. Other output is unchanged.
//
// # Silence
//
// A host is silent when its command began and ended and wrote nothing on
// either stream, wherever that was shown. Its label alone goes where standard
// output goes, if that is labelled.
package sink
