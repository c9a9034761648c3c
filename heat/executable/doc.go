// Package executable finds out whether a file can be run, and why not, without running it.
//
// # Theory of operation
//
// A check that cannot run says nothing about the service, so heat must distinguish "could not run"
// from "ran and failed". The kernel's error is not enough: an ELF file that is cut short runs and
// is killed, and env(1) exits with 127 for an interpreter that it does not find. Inspect therefore
// reads the beginning of the file: its #! line, its ELF header and program headers.
//
// heat calls Check for every file on its command line when it starts. When a start fails later,
// Explain finds the reason and ExitCode the exit code that a shell would use.
//
// A file without a magic number of its own is a script for /bin/sh, as execvp(3) has it. The kernel
// refuses it with ENOEXEC; OrShell then falls back to Shell.
package executable
