// Package gate runs the gate of a rollout: a command on this machine that says after each group
// of hosts whether the next one may begin.
//
// # Theory of operation
//
// A gate is `sh -c COMMAND`. It runs as heat's checks do (package heat/checker): under a helper
// process, which is the subreaper of all that the gate starts. So a gate can be ended by descent,
// whatever it forks, and also when clsh itself is killed: the helper sees the end of its socket.
// Each gate has a helper of its own, because the environment differs from group to group.
//
// While a gate runs, this process is a subreaper as well, for the case that the helper is killed.
// That relies on this process starting no others meanwhile, which holds between two groups; the
// children that it has (the sweeper of package runner/proc) are older than the helper and spared.
//
// What a gate prints becomes events, so that it appears above the status line and is sanitized
// like the output of a host. Its input is empty, and it has no terminal.
//
// A gate that exits with 0 lets the rollout go on. Every other end stops it: another status, a
// signal, the limit, a command that cannot be started.
package gate
