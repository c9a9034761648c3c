package prompt

import (
	"cmp"
	"context"
	"os"
	"path"
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
	// completeWait is how long the first host, or a source of groups, may take to
	// answer.
	completeWait = 2 * time.Second
	// maxCandidates is the largest number of candidates shown.
	maxCandidates = 500
	// maxAnswer is how many bytes of a host's answer are kept.
	maxAnswer = 1 << 20
)

// complete answers Tab (input.Config.Complete).
func (s *session) complete(before, line string) (endings [][]rune, continued int) {
	w := continuedWord(before, line)
	return w.endings(s.candidates(w)), len([]rune(w.raw))
}

// candidates returns what the word could become.
func (s *session) candidates(w word) []string {
	switch w.kind {
	case colonName:
		var names []string
		for _, command := range colonCommands() {
			names = append(names, command.name)
		}
		return names
	case memberName:
		_, groups := s.known(w.text)
		return append(groups, s.members()...)
	case hostName:
		names, groups := s.known("")
		return append(groups, names...)
	case localFile, localPath:
		return s.localPaths(w.text)
	case eitherPath:
		return append(s.localPaths(w.text), s.remotePaths(w)...)
	case remoteCommand, remotePath:
		return s.remotePaths(w)
	}
	return nil
}

// known returns the hosts and groups that are known here. It asks no source if text can
// only be a host's name.
func (s *session) known(text string) (names, groups []string) {
	if text != "" && text[0] != '@' {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), completeWait)
	defer cancel()
	return s.cfg.Known(ctx)
}

// localPaths returns the paths here that begin with prefix.
func (s *session) localPaths(prefix string) []string {
	dir, _ := filepath.Split(prefix)
	read := cmp.Or(s.atHome(dir), ".")
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

// remotePaths asks the first host that is ready.
func (s *session) remotePaths(w word) []string {
	for _, rank := range s.targets() {
		if s.shells.State(rank) != shells.Ready {
			continue
		}
		dir, base := path.Split(w.text)
		names := s.ask(rank, listCommand(dir, base, w.kind == remoteCommand))
		for i, name := range names {
			names[i] = dir + name
		}
		return slices.DeleteFunc(names, unsafeCandidate)
	}
	return nil
}

// maxPath is the length of the longest path, in bytes (PATH_MAX).
const maxPath = 4096

// unsafeCandidate reports whether a remote file name must not be offered: it would
// become part of a command sent to every host, so a hostile name could inject shell code.
// Every shell reads the other names literally, with blanks and quotes escaped, and a
// terminal shows them as text.
func unsafeCandidate(candidate string) bool {
	return len(candidate) > maxPath || strings.ContainsFunc(candidate, func(r rune) bool {
		return !unicode.IsPrint(r) || r == utf8.RuneError || r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" '-_=./:@%+,~", r)
	})
}

// ask runs a command on one host and returns the lines that it prints.
func (s *session) ask(rank int, command string) []string {
	answer := &stdoutSink{}
	stop := make(chan struct{})
	timer := time.AfterFunc(completeWait, func() { close(stop) })
	defer timer.Stop()
	_, opened, err := s.shells.Run(shells.Task{
		Command: remote.PreserveStatus(command), Ranks: []int{rank}, KeepGoing: true, Fanout: 1, Sink: answer, Stop: stop,
	})
	s.reopened = append(s.reopened, opened...)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(answer.text.String(), "\n"), "\n")
}

// listCommand returns a command that prints the names in dir that begin with base, or those of
// programs in PATH if command is set. sh runs it, because other shells do not split $PATH, or
// fail where a pattern matches nothing.
func listCommand(dir, base string, command bool) string {
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

// A stdoutSink keeps standard output, up to maxAnswer.
type stdoutSink struct{ text strings.Builder }

// Event keeps standard output.
func (c *stdoutSink) Event(e event.Event) error {
	if e.Kind == event.Output && e.Stream == event.Stdout && c.text.Len() < maxAnswer {
		c.text.Write(e.Data)
	}
	return nil
}

// Close does nothing.
func (c *stdoutSink) Close(*event.Summary) error { return nil }
