// Package copying has the tests of --copy, --rcopy and --script: every way to cut a copy short, over
// every kind of connection.
package copying
