// Package output is what heat writes: lines to streams and to the log, and files that are replaced
// by rename.
//
// Nothing here blocks the caller. Each destination has a Lane, a goroutine that runs only while
// there is something to write, so a full pipe, a FIFO that nobody reads or a file system that
// hangs blocks its lane alone. Lines wait up to a bound; those beyond it are counted, and the
// count is written when the destination works again.
package output
