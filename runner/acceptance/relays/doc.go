// Package relays has the tests of runs through relays: the built program at both ends, over real
// sshds.
package relays
