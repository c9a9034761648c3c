// Package cli is clsh's command: its options, and the wiring of hosts, engine and sinks. What a
// run does is in package runner, how it is shown in sink.
package cli
