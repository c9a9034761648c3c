// Package connections has the tests of hosts that are lost, slow, or refuse, of links that are cut,
// of connections that are kept, of other clients than ssh (--via), and of hosts by the thousand.
package connections
