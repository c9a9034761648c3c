// Package admission decides when one more login may begin. It knows nothing of
// ssh: a login begins with Acquire and ends with Slot.Done.
//
// Two rules hold at a time:
//
//   - limiter: how many logins are in flight. There is no limit until a host refuses
//     one; from then on it follows additive increase, multiplicative decrease.
//   - rate: at most so many begin per second (--connect-rate).
//
// Retry is the other side of it: how many attempts one host has, and the pause before
// each.
package admission
