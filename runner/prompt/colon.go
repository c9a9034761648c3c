package prompt

import (
	"errors"
	"fmt"
	"strings"

	"clsh/runner/duration"
)

// errLeave ends the session.
var errLeave = errors.New("the session is left")

// A colonCommand is a command that begins with a colon.
type colonCommand struct {
	name string
	arg  string // the argument: empty, [OPTIONAL] or REQUIRED
	help string // what it does; empty: helpText names it elsewhere
	do   func(s *session, arg string) error
}

// colonCommands returns all of them except :!command.
func colonCommands() []colonCommand {
	leave := func(*session, string) error { return errLeave }
	return []colonCommand{
		{"q", "", "", leave},
		{"quit", "", "", leave},
		{"exit", "", "", leave},
		{"sh", "", "a shell here, on the terminal itself", func(s *session, _ string) error { return s.runOnTerminal("") }},
		{"help", "", "this table", func(s *session, _ string) error { return s.printLine("%s", helpText()) }},
		{"hosts", "", "the hosts by state", func(s *session, _ string) error { return s.states() }},
		{"only", "LIST", "talk to these only", (*session).setOnly},
		{"all", "", "talk to all again", func(s *session, _ string) error { s.only = nil; return nil }},
		{"on", "LIST command", "this command on these hosts only; LIST without blanks", (*session).on},
		{"add", "LIST", "connect to more", (*session).add},
		{"drop", "LIST", "leave some", (*session).drop},
		{"reconnect", "[LIST]", "connect again to lost hosts", (*session).reconnect},
		{"put", "PATH [DEST]", "copy files to the hosts: to DEST, or where their shells are", (*session).put},
		{"get", "PATH [DIR]", "copy files from the hosts: into DIR/HOST/, or HOST/", (*session).get},
		{"gather", "", "equal results together, under their hosts", func(s *session, _ string) error { s.gather = true; return nil }},
		{"lines", "", "results as they come, each line behind its host", func(s *session, _ string) error { s.gather = false; return nil }},
		{"timeout", "D", "limit for each command: seconds, or 1.5s, 2m; 0: none", (*session).setTimeout},
		{"save", "FILE", "write the last results to FILE", func(s *session, arg string) error { return s.save(arg, false) }},
		{"save!", "FILE", "the same over a FILE that is there", func(s *session, arg string) error { return s.save(arg, true) }},
	}
}

// helpText returns what :help prints.
func helpText() string {
	var b strings.Builder
	line := func(left, right string) { fmt.Fprintf(&b, "%-18s%s\n", left, right) }
	line("!command", "runs here; its output is shown as LOCAL:")
	line(":!command", "runs here, on the terminal itself")
	line("quit, exit, ^D", "leaves, as :q, :quit and :exit do")
	for _, c := range colonCommands() {
		if c.help != "" {
			line(strings.TrimSpace(":"+c.name+" "+c.arg), c.help)
		}
	}
	return b.String() + "Every other line goes to the hosts."
}

// isColon reports whether a line is for clsh: a colon before a letter or an exclamation mark.
func isColon(text string) bool {
	if len(text) < 2 || text[0] != ':' {
		return false
	}
	c := text[1]
	return c == '!' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// colon runs a line of clsh's own, without its colon.
func (s *session) colon(text string) error {
	if command, ok := strings.CutPrefix(text, "!"); ok {
		if strings.TrimSpace(command) == "" {
			return ownError(":!: missing command; :sh starts a shell")
		}
		return s.runOnTerminal(command)
	}
	name, arg, _ := strings.Cut(text, " ")
	arg = strings.TrimSpace(arg)
	for _, c := range colonCommands() {
		switch {
		case c.name != name:
			continue
		case c.arg == "" && arg != "":
			return ownError(fmt.Sprintf(":%s: unexpected argument %q", name, arg))
		case arg == "" && c.arg != "" && c.arg[0] != '[':
			return ownError(fmt.Sprintf(":%s: missing %s", name, c.arg))
		}
		return c.do(s, arg)
	}
	return ownError(fmt.Sprintf("unknown command :%s (see :help); to send this line to the hosts, put a space after the colon", name))
}

// setTimeout sets the limit for each command: seconds, or 1.5s, 2m.
func (s *session) setTimeout(text string) error {
	d, err := duration.Parse(text)
	if err != nil {
		return ownError(":timeout: " + err.Error())
	}
	s.timeout = d
	return nil
}

// save writes the last results to a file.
func (s *session) save(path string, force bool) error {
	if err := s.results.save(s.atHome(path), force); err != nil {
		return ownError(err.Error())
	}
	return nil
}
