// Package copying copies files to hosts through the session that a command has: no second
// connection, and nothing but a POSIX shell, tar and a checksum on the host.
//
// # Theory of operation
//
// [New] reads the files once and packs them into an archive in a file without a name, with their
// sums. A [Copy] is the run that brings it to the hosts: it is the run's sink, and feeds a stage of
// the agent (remote.Stage), which evaluates copy.sh, the beginning of its input. What follows is a
// dialogue, by host:
//
//	clsh   SIZE, the plan, copy.sh directories, files with size and sums, links: shell text
//	host   need ID ID...           files that it has not got; ID is the first of their chunk
//	host   send                    it has made a private directory beside the target
//	clsh   archive, frames, end    members of the archive; where there are none: placed
//	clsh   at BLOCK, frames, … done  the extents of large files (place.sh)
//	clsh   commit
//	host   copied | unchanged
//	clsh   the request of the command behind --
//	       … that command, and its output …
//
// The data comes in the frames of remote.DataHeader. tar or dd reads them from the connection itself:
// a process between them would copy every byte once more.
//
// The host's lines begin with a mark; what else it prints is passed on. A host that has everything
// says unchanged at once: that costs one round trip and no data.
//
// # Nothing half
//
// The host compares the sums of all that has come before it renames the first file. An end of the
// input never commits: the request has a last line, and the data is followed by "commit". The private
// directory is in the directory of the target, as rename(2) wants it; a directory on the way that is
// there already gets one of its own, since it may be another file system. copy.sh removes them
// however it ends, and its rm ignores the signals of a stop.
//
// A name travels in the archive behind the number of its directory, and all of them are moved by
// one mv for each directory: so "mv FILES DIR/" follows no link in the place of a file, and many
// small files cost few processes.
//
// A file of 1 MiB or more, or one that is alone, is not in the archive: it comes in extents, which dd
// writes where they belong. So a hole of 1 MiB or more stays one (busybox's tar reads no sparse
// archives), and a single file costs no tar.
//
// # From hosts
//
// A [Fetch] is the other direction: each host sends archives of what was asked for on its standard
// output (collect.sh), and a goroutine for each unpacks them into a private directory in DIR/HOST.
// They are put into place when the host's status says that all has come (runner.Config.Judge), one
// rename a file. A host may be hostile: os.Root keeps everything in its directory, and one that
// sends what it must not is stopped (Runner.StopHost).
//
// # Scripts
//
// A [Script] is sent without a question to a command that has an input: script.sh takes the file and runs it, beside a process that
// reads its status from a pipe and removes the file. A shell that waits for a program acts on no
// signal, so it would be killed together with a program that ignores a stop, and the file would stay.
//
// A stop kills what is left after its grace, and on a busy host that is this process, too. So another
// one, in a session of its own, waits for the end of a FIFO that only the two have open for writing,
// and removes the directory then. It holds no input or output of the session and has no mark: a stop
// does not take it for the command's. It ends with the script, however that ends.
package copying
