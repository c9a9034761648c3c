package shell

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"clsh/runner"
	"clsh/runner/remote"
)

// remoteWait is how long the first host may take to answer a completion.
const remoteWait = 2 * time.Second

// maxCandidates is how many are shown.
const maxCandidates = 500

// A completer answers Tab: names after a colon and hosts there, local paths
// after an exclamation mark, else commands and paths as the first host that
// answers sees them.
type completer struct{ s *session }

// Do returns how the word before pos can go on, and its length.
func (c *completer) Do(text []rune, pos int) ([][]rune, int) {
	before := string(text[:pos])
	word := before[strings.LastIndexAny(before, " \t;|&(<>=,")+1:]
	var candidates []string
	switch {
	case strings.HasPrefix(before, ":!"), strings.HasPrefix(before, "!"):
		word = strings.TrimLeft(word, ":!")
		candidates = localPaths(word)
	case strings.HasPrefix(before, ":") && !strings.Contains(before, " "):
		word = before[1:]
		candidates = colonNames()
	case strings.HasPrefix(before, ":save"):
		candidates = localPaths(word)
	case isCommand(before) && (!strings.HasPrefix(before, ":on ") || strings.Count(before, " ") < 2):
		candidates = c.names()
	default:
		first := strings.TrimSpace(before[:len(before)-len(word)])
		if isCommand(before) {
			_, first, _ = strings.Cut(strings.TrimPrefix(first, ":on "), " ")
		}
		atCommand := first == "" || strings.IndexByte(";|&(", first[len(first)-1]) >= 0
		candidates = c.remote(word, atCommand && !strings.Contains(word, "/"))
	}
	return endings(candidates, word), len([]rune(word))
}

// endings returns what is to be added to word for each candidate that begins
// with it.
func endings(candidates []string, word string) [][]rune {
	slices.Sort(candidates)
	var found [][]rune
	for _, candidate := range slices.Compact(candidates) {
		rest, ok := strings.CutPrefix(candidate, word)
		if !ok {
			continue
		}
		if !strings.HasSuffix(candidate, "/") {
			rest += " "
		}
		if found = append(found, []rune(rest)); len(found) == maxCandidates {
			break
		}
	}
	return found
}

// names are the hosts of the session.
func (c *completer) names() []string {
	return c.s.list.Names()
}

// localPaths are the paths here that begin with prefix.
func localPaths(prefix string) []string {
	dir, _ := filepath.Split(prefix)
	read := dir
	if read == "" {
		read = "."
	}
	entries, err := os.ReadDir(read)
	if err != nil {
		return nil
	}
	var found []string
	for _, entry := range entries {
		name := dir + entry.Name()
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			name += "/"
		}
		found = append(found, name)
	}
	return found
}

// remote asks the first host that is ready.
func (c *completer) remote(word string, command bool) []string {
	for _, rank := range c.s.targets() {
		if c.s.shells.State(rank) != runner.ShellReady {
			continue
		}
		answer := &collect{}
		stop := make(chan struct{})
		timer := time.AfterFunc(remoteWait, func() { close(stop) })
		defer timer.Stop()
		_, _, err := c.s.shells.Run(runner.Task{
			Command: question(word, command), Ranks: []int{rank}, KeepGoing: true, Fanout: 1, Sink: answer, Stop: stop,
		})
		if err != nil {
			return nil
		}
		return slices.DeleteFunc(strings.Split(answer.text.String(), "\n"), tempts)
	}
	return nil
}

// maxPath is the longest path there is, in bytes (PATH_MAX).
const maxPath = 4096

// tempts tells a candidate that is not offered: it would become part of a command
// for every host, and who can name a file on one of them would have a say in that.
// What is left is read by every shell as it stands, and by the terminal as text.
func tempts(candidate string) bool {
	return len(candidate) > maxPath || strings.ContainsFunc(candidate, func(r rune) bool {
		return !unicode.IsPrint(r) || r == utf8.RuneError || r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_=./:@%+,~", r)
	})
}

// question is a command that prints what begins with word; in a subshell, so
// that it leaves nothing behind.
func question(word string, command bool) string {
	quoted := remote.Quote([]string{word})
	if strings.HasPrefix(word, "~/") {
		quoted = `"$HOME"/` + remote.Quote([]string{word[2:]})
	}
	if command {
		return "(IFS=:; for d in $PATH; do for f in \"$d\"/" + quoted + "*; do test -f \"$f\" && test -x \"$f\" && printf '%s\\n' \"${f##*/}\"; done; done) 2>/dev/null"
	}
	return "(for f in " + quoted + "*; do if test -d \"$f\"; then printf '%s/\\n' \"$f\"; elif test -e \"$f\"; then printf '%s\\n' \"$f\"; fi; done) 2>/dev/null"
}

// maxAnswer bounds what is kept of a host's answer.
const maxAnswer = 1 << 20

// collect keeps standard output.
type collect struct{ text strings.Builder }

// Event keeps output.
func (c *collect) Event(e runner.Event) error {
	if e.Kind == runner.Output && e.Stream == runner.Stdout && c.text.Len() < maxAnswer {
		c.text.Write(e.Data)
	}
	return nil
}

// Close has nothing to do.
func (c *collect) Close(*runner.Summary) error { return nil }
