package cli

import (
	"os"

	"clsh/hosts"
)

// A rerun is a run that is repeated on some of its hosts.
type rerun struct {
	id, name string // name is for messages
	command  string
	cwd      string
	hosts    hosts.List // those of the set
	unsure   []string   // of these, where the command may have done its work
}

// sameDir reports whether the run was started in the current directory, or nobody knows where.
func (r *rerun) sameDir() bool {
	cwd, err := os.Getwd()
	return r.cwd == "" || err == nil && cwd == r.cwd
}
