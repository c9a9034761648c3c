// Package ping reports to a dead man's switch that heat is alive: --ping URL.
//
// # Theory of operation
//
// The loop calls Beat after each check, which only leaves a note and never waits. A goroutine sends
// it: GET URL, or while the service is not good POST URL/fail with the last lines of the console. So
// a server that is slow or down delays no check, and a loop that hangs does not ping, because it
// leaves no note.
//
// There is one ping an interval at most, and one at once when the service has failed or is good
// again. Each waits for a random part of a tenth of the interval first, so that many heats do not
// ping at once. What fails is tried again after a pause that doubles, until there is a newer note:
// then that is sent instead.
//
// The URL is a secret, as these services know a check by nothing else. Errors name its host alone.
package ping
