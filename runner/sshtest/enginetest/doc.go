// Package enginetest has what the tests of the engine's packages share: a sink that records, an
// ssh that runs its command on this machine, and one that cuts its connection after any byte.
package enginetest
