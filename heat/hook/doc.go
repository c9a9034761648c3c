// Package hook runs what --fail, --recovery and the other hook options name.
//
// # Theory of operation
//
// Parse makes a Hook of an option's value, and Start runs it as the leader of a session of its own.
// What a hook starts may be the service, so nothing of it is heat's to end: heat signals only the
// hook's process group, and only until the hook itself has been reaped, at Spec.Limit and when Stop
// is called. A hook has no input, or a short text that waits in a pipe (WithInput), and writes to a file that it was given, never to a pipe of
// heat's: a service that inherits such a pipe would die when heat stops reading.
//
// When heat stops a hook, it waits for the whole grace before SIGKILL, even if the hook's own
// process ends at once, because others of its group may be about to end.
//
// # The gate
//
// A heat that is killed during a recovery and started again must not run a second one beside it.
// So the state file must name the recovery's process before the script runs in it. With Spec.Hold,
// heat first starts itself under the name of GateName. That process waits until Hold has returned
// and then executes the script. If heat is killed before that, the process ends, and nothing has
// run. The next heat finds the process in the state file and waits for it with Adopt.
package hook
