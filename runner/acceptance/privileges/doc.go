// Package privileges has the tests of --sudo and --as, and of passwords and other questions that ssh
// asks. As root they make users who may use sudo.
package privileges
