package prompt

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wordKind is what the word before the cursor can become.
type wordKind uint8

const (
	noWord        wordKind = iota
	colonName              // the name of a : command
	memberName             // a host of the session, or a group
	hostName               // any host or group that is known
	localFile              // a path here, as it is
	localPath              // a path here, in a shell's word
	eitherPath             // a path here or on the hosts
	remotePath             // a path on the hosts
	remoteCommand          // a program on the hosts
)

// A word is the one before the cursor.
type word struct {
	kind wordKind
	text string // its meaning, without quotes and backslashes
	raw  string // as typed
	// quote is the quotation mark that is still open, or 0; raw begins after it.
	quote byte
}

// lastWord finds the word at the end of before.
func lastWord(before string) word {
	name, arg, hasArg := strings.Cut(strings.TrimPrefix(before, ":"), " ")
	switch {
	case strings.HasPrefix(before, "!"):
		return shellWord(before[1:], localPath, localPath)
	case strings.HasPrefix(before, ":!"):
		return shellWord(before[2:], localPath, localPath)
	case !strings.HasPrefix(before, ":"), before != ":" && !isColon(before):
		return shellWord(before, remoteCommand, remotePath)
	case !hasArg:
		return word{kind: colonName, text: name, raw: name}
	}
	switch name {
	case "on":
		if _, command, ok := strings.Cut(arg, " "); ok {
			return shellWord(command, remoteCommand, remotePath)
		}
		return listWord(arg, memberName)
	case "only", "drop", "reconnect":
		return listWord(arg, memberName)
	case "add":
		return listWord(arg, hostName)
	case "put":
		return copyWord(arg, localPath)
	case "get":
		return copyWord(arg, remotePath)
	case "save", "save!":
		return word{kind: localFile, text: arg, raw: arg}
	}
	return word{}
}

// copyWord finds the last word behind :put or :get. The first is of kind from; each later one may be
// where the files go.
func copyWord(words string, from wordKind) word {
	w := shellWord(words, from, eitherPath)
	if strings.HasPrefix(w.text, "-") {
		return word{}
	}
	return w
}

// continuedWord finds the word at the end of line, which continues before; none if the
// word began on an earlier line.
func continuedWord(before, line string) word {
	w := lastWord(strings.TrimSuffix(before, "\\\n") + line)
	if len(w.raw) > len(line) {
		return word{}
	}
	return w
}

// listWord finds the last element of a LIST: between its operators.
func listWord(list string, kind wordKind) word {
	text := list[strings.LastIndexAny(list, " \t,!&^")+1:]
	return word{kind: kind, text: text, raw: text}
}

// shellWord finds the last word of a shell's line: of kind command where the shell expects a
// command, else of kind other.
func shellWord(line string, command, other wordKind) word {
	w := word{kind: command}
	var text []byte
	start, escaped := 0, false
	for i := range len(line) {
		c := line[i]
		switch {
		case escaped:
			escaped = false
			text = append(text, c)
		case c == '\\' && w.quote != '\'':
			escaped = true
		case w.quote != 0 && c == w.quote:
			w.quote = 0
		case w.quote != 0:
			text = append(text, c)
		case c == '\'' || c == '"':
			w.quote = c
			if len(text) == 0 {
				start = i + 1
			}
		case strings.IndexByte("\n;|&(", c) >= 0:
			w.kind, start, text = command, i+1, nil
		case strings.IndexByte(" \t<>=", c) >= 0:
			if i > start || c != ' ' && c != '\t' {
				w.kind = other // also after an assignment (X=5 make)
			}
			start, text = i+1, nil
		default:
			text = append(text, c)
		}
	}
	w.text, w.raw = string(text), line[start:]
	if w.kind == remoteCommand && strings.Contains(w.text, "/") {
		w.kind = remotePath
	}
	return w
}

// endings returns what completes w to each candidate that begins with it, in order. It leaves
// out names that could control the terminal.
func (w word) endings(candidates []string) [][]rune {
	slices.Sort(candidates)
	var found [][]rune
	for _, candidate := range slices.Compact(candidates) {
		rest, ok := strings.CutPrefix(candidate, w.text)
		if !ok || !utf8.ValidString(candidate) || strings.ContainsFunc(candidate, func(r rune) bool { return !unicode.IsPrint(r) }) {
			continue
		}
		rest = w.escape(rest)
		if !strings.HasSuffix(candidate, "/") {
			if w.quote != 0 {
				rest += string(w.quote)
			}
			rest += " "
		}
		if found = append(found, []rune(rest)); len(found) == maxCandidates {
			break
		}
	}
	return found
}

// escape quotes text so that a shell reads it literally.
func (w word) escape(text string) string {
	special := ""
	switch {
	case w.kind < localPath:
		return text
	case w.quote == '\'':
		return strings.ReplaceAll(text, "'", `'\''`)
	case w.quote == '"':
		special = "\"\\$`"
	default:
		special = " \t\"'\\$`|&;<>()*?[]#~!{}"
	}
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(special, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
