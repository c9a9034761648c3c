// Package places runs a check in several places at once and combines what they find.
//
// # Theory of operation
//
// A place is a host on which clsh keeps a shell (package shells). Each check is a round: the command
// begins in every place where it does not run any more, and the round ends when all that are awaited
// have answered, or at its deadline, the limit of a check and the time to stop one. Package combine
// decides what a place's answers make of its vote, and what the votes mean.
//
// A place answers with the end of its command. It is lost where there is no such answer: the
// connection broke or could not be made, the command could not be started there, or the round's
// deadline passed. The host itself confirms that a command took too long, so a slow check is a bad
// one, and a frozen host is lost. A lost place has no vote, is not awaited, and forgets what it has
// seen; it is connected to again after a pause that doubles. An answer to an earlier round counts
// only as a sign of life.
//
// A Set is used by one goroutine at a time, that of Check. Beside it there is a goroutine for each
// place whose command runs; Close waits for all of them.
//
// # What is left behind
//
// Nothing. Close stops the commands and waits until the hosts have confirmed that; a host that does
// not is left with a closed connection, which clsh's agent there takes for an order to stop.
package places
