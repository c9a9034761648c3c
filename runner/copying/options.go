package copying

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"clsh/runner/remote"
)

// Options say what is copied to the hosts, and how.
type Options struct {
	Paths    []string
	Dest     string       // empty: to the same paths
	Preserve bool         // keep modes and times
	Mode     *fs.FileMode // of files; nil: their own, without write permission for others
	Owner    string       // USER[:GROUP]; empty: the login's
	Check    bool         // change nothing, and print what would change; with Diff, how
	Diff     bool
	Command  string // runs where the copy is in place; empty: nothing does
}

// mode returns the mode that a file gets on the hosts, where it does not replace one.
func (o *Options) mode(info fs.FileInfo) fs.FileMode {
	perm := info.Mode().Perm()
	switch {
	case o.Mode != nil && info.IsDir():
		return *o.Mode | *o.Mode>>2&0o111 // who may read it may enter it
	case o.Mode != nil:
		return *o.Mode
	case o.Preserve:
		return perm
	}
	return perm &^ 0o022
}

// settings writes what holds for all entries.
func (o *Options) settings(b *strings.Builder) {
	mode := ""
	if o.Mode != nil {
		mode = strconv.FormatUint(uint64(*o.Mode), 8)
	}
	times, keep := "m", "y"
	if o.Preserve {
		times, keep = "", ""
	}
	check := ""
	switch {
	case o.Check && o.Diff:
		check = "diff"
	case o.Check:
		check = "y"
	}
	fmt.Fprintf(b, "check=%s mode=%s owner=%s times=%s keep=%s\n",
		check, mode, remote.Quote([]string{o.Owner}), times, keep)
}
