// Package runs keeps the records of runs: it writes them while the runs go on, lists them, and finds
// one again.
//
// # Theory of operation
//
// A Store is a directory that belongs to the caller alone. A record is a file in it:
//
//	20261128-140305-kxqb.jsonl      while the run goes on, and afterwards if clsh was killed
//	20261128-140305-kxqb.jsonl.gz   once it has ended
//
// Its name is the run's ID: the time in UTC, and four letters that no other run of the store has.
// clsh holds a lock (flock(2)) on the first one. The kernel drops it with the process, so a plain
// file without a lock is that of a run that was killed, or of a record that could not be
// compressed. A file that is empty has not been locked yet, and is no record so far.
//
// The directory is the truth. The file "index" has a line for each run, so that a list opens no
// record; it is a cache and may be missing, damaged or behind. A record without a line is read,
// and its line added. Lines are appended in one write (open(2), O_APPEND), so several clsh
// need no lock among them; a line that is lost while another clsh replaces the index is added by
// the next list.
//
// No file is ever opened through a link out of the directory (os.Root), and none that is another
// user's or not a regular file is read.
package runs
