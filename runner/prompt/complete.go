package prompt

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"clsh/runner/event"
	"clsh/runner/remote"
	"clsh/runner/shells"
)

const (
	// completeWait is how long the first host, or a source of groups, may
	// take to answer.
	completeWait = 2 * time.Second
	// maxCandidates is how many are shown.
	maxCandidates = 500
	// maxAnswer bounds what is kept of a host's answer.
	maxAnswer = 1 << 20
)

// A completer answers Tab.
type completer struct {
	s      *session
	before string // the lines that the line continues, each with its newline
}

// Do returns how the word before pos can go on, and its length.
func (c *completer) Do(text []rune, pos int) ([][]rune, int) {
	w := c.word(string(text[:pos]))
	return w.endings(c.candidates(w)), len([]rune(w.raw))
}

// word returns the word at the end of line; none where it began on another line.
func (c *completer) word(line string) word {
	w := lastWord(strings.TrimSuffix(c.before, "\\\n") + line)
	if len(w.raw) > len(line) {
		return word{}
	}
	return w
}

func (c *completer) candidates(w word) []string {
	switch w.kind {
	case colonName:
		var names []string
		for _, command := range colonCommands() {
			names = append(names, command.name)
		}
		return names
	case memberName:
		_, groups := c.known(w.text)
		return append(groups, c.s.members()...)
	case hostName:
		names, groups := c.known("")
		return append(groups, names...)
	case localFile, localPath:
		return c.s.localPaths(w.text)
	case remoteCommand, remotePath:
		return c.remote(w)
	}
	return nil
}

// known returns the hosts and groups that are known here; nothing is asked where
// text can only be a host's name.
func (c *completer) known(text string) (names, groups []string) {
	if text != "" && text[0] != '@' {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), completeWait)
	defer cancel()
	return c.s.cfg.Known(ctx)
}

// localPaths are the paths here that begin with prefix.
func (s *session) localPaths(prefix string) []string {
	dir, _ := filepath.Split(prefix)
	read := s.atHome(dir)
	if read == "" {
		read = "."
	}
	entries, err := os.ReadDir(read)
	if err != nil {
		return nil
	}
	var found []string
	for _, entry := range entries {
		name := entry.Name()
		if info, err := os.Stat(filepath.Join(read, name)); err == nil && info.IsDir() {
			name += "/"
		}
		if hidden := name[0] == '.'; !hidden || strings.HasPrefix(prefix, dir+".") {
			found = append(found, dir+name)
		}
	}
	return found
}

// atHome reads a path that begins with ~/ as a shell does.
func (s *session) atHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok || s.cfg.Home == "" {
		return path
	}
	return filepath.Join(s.cfg.Home, rest)
}

// remote asks the first host that is ready.
func (c *completer) remote(w word) []string {
	for _, rank := range c.s.targets() {
		if c.s.shells.State(rank) != shells.Ready {
			continue
		}
		dir, base := w.text[:strings.LastIndexByte(w.text, '/')+1], w.text[strings.LastIndexByte(w.text, '/')+1:]
		names := c.ask(rank, question(dir, base, w.kind == remoteCommand))
		for i, name := range names {
			names[i] = dir + name
		}
		return slices.DeleteFunc(names, tempts)
	}
	return nil
}

// maxPath is the longest path there is, in bytes (PATH_MAX).
const maxPath = 4096

// tempts tells a candidate that is not offered: it would become part of a command
// for every host, and who can name a file on one of them would have a say in that.
// What is left is read by every shell as it stands, blanks and quotes
// escaped, and by the
// terminal as text.
func tempts(candidate string) bool {
	return len(candidate) > maxPath || strings.ContainsFunc(candidate, func(r rune) bool {
		return !unicode.IsPrint(r) || r == utf8.RuneError || r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" '-_=./:@%+,~", r)
	})
}

// ask runs a command on one host and returns the lines that it prints.
func (c *completer) ask(rank int, command string) []string {
	answer := &collect{}
	stop := make(chan struct{})
	timer := time.AfterFunc(completeWait, func() { close(stop) })
	defer timer.Stop()
	_, opened, err := c.s.shells.Run(shells.Task{
		Command: remote.PreserveStatus(command), Ranks: []int{rank}, KeepGoing: true, Fanout: 1, Sink: answer, Stop: stop,
	})
	c.s.opened = append(c.s.opened, opened...)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(answer.text.String(), "\n"), "\n")
}

// question is a command that prints the names in dir that begin with base; of
// programs in PATH where command is set. It is for sh: other shells do not
// split $PATH, or give up where a pattern matches nothing.
func question(dir, base string, command bool) string {
	script := `for f in "$1$2"*; do if test -d "$f"; then printf "%s/\n" "${f##*/}"; elif test -e "$f"; then printf "%s\n" "${f##*/}"; fi; done`
	if command {
		script = `IFS=:; for d in $PATH; do for f in "$d/$2"*; do test -f "$f" && test -x "$f" && printf "%s\n" "${f##*/}"; done; done`
	}
	at := remote.Quote([]string{dir})
	if rest, ok := strings.CutPrefix(dir, "~/"); ok {
		at = `"$HOME"/` + remote.Quote([]string{rest})
	}
	return "command sh -c '" + script + "' sh " + at + " " + remote.Quote([]string{base}) + " 2>/dev/null"
}

// collect keeps standard output.
type collect struct{ text strings.Builder }

// Event keeps output.
func (c *collect) Event(e event.Event) error {
	if e.Kind == event.Output && e.Stream == event.Stdout && c.text.Len() < maxAnswer {
		c.text.Write(e.Data)
	}
	return nil
}

// Close has nothing to do.
func (c *collect) Close(*event.Summary) error { return nil }
