// Package clsh is the command: its options, and the wiring of hosts, engine and
// sinks. What a run does is in package runner, what becomes of it in sink.
package clsh
