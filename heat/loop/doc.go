// Package loop runs one check: it waits until the check is due, runs it, asks package policy, and does
// what that says.
//
// A Loop is one goroutine, whose surroundings are a worker. A check or a hook runs beside it as a
// task, one at a time. A test can put all of it on a clock of its own with other ops.
package loop
