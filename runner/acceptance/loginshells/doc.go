// Package loginshells has the tests of how a command reaches the remote login shell: unchanged, and
// whatever the profile prints, sets, or runs instead.
package loginshells
