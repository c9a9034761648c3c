// Package input has the tests of standard input: with --stdin every host gets all of it, or a
// command learns that it has not.
package input
