// Package acceptance tests the built heat together with real ssh servers.
package acceptance
