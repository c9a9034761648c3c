// Package event is the contract between the engine and whatever shows a run: what happened
// on which host, how its part of the run ended, and what that makes the tool's exit status.
// It imports nothing of ours.
package event
