package remote

// A Start is how a script of this package is started on a host.
type Start struct {
	Words []string // the program and its arguments; none under --raw
	Line  string   // the same for any login shell, as ssh passes it on
}

// newStart returns how words, which hold no single quote, are started. entry stands before them
// in the line.
func newStart(entry string, words []string) Start {
	return Start{Words: words, Line: entry + "exec " + Quote(words)}
}

// loginWord says to a script whether its shell is a login shell.
func loginWord(noLogin bool) string {
	if noLogin {
		return "plain"
	}
	return "login"
}
