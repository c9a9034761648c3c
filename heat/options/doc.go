// Package options is heat's command line: what its options are, and what a call of them means.
//
// A Command holds the options as they were given, on the command line, in variables, or in a file of
// checks. Settings checks them as a whole. Nothing is started, opened or written here; only what is
// to be run is looked for, so that a wrong call ends heat before anything has happened.
package options
