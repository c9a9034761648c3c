package remote

import (
	"fmt"
	"strings"
)

// WithoutAgent returns a command for ssh that does what a request to the agent does,
// without the agent: for a line to paste. The words that a login shell must
// not touch are encoded where they hold a backslash, a quote, an exclamation
// mark or a control character, which the dialects of shells read differently.
func WithoutAgent(name string, rank, count int, noLogin bool, become Become, command string) string {
	login := "-l "
	if noLogin {
		login = ""
	}
	text := command
	decode := ""
	if strings.ContainsFunc(command, func(r rune) bool { return isSpecial(r) || r == '\'' || r == '!' }) {
		_, text = encode(strings.NewReplacer("'", "\x00q", "!", "\x00e").Replace(command))
		// The octal of NUL and a letter cannot come from a command: it
		// holds no NUL.
		text = strings.NewReplacer(`\0000q`, `\0047`, `\0000e`, `\0041`).Replace(text)
		decode = `c=$(printf "%b." "$c"); c=${c%.}; `
	}
	script := fmt.Sprintf(`c=$1; %sexec "${SHELL:-/bin/sh}" %s-c "$c"`, decode, login)
	start := ""
	if words := become.WithoutPrompt(); len(words) > 0 {
		start = Quote(words) + " "
	}
	return fmt.Sprintf("exec %senv CLSH_HOST='%s' CLSH_RANK=%d CLSH_COUNT=%d sh -c '%s' clsh '%s'", start, name, rank, count, script, text)
}

// Granted picks from the output of `ssh -G` the settings that Defaults may have
// given, in the form of -o options.
func Granted(settings []byte) []string {
	var options []string
	for line := range strings.Lines(string(settings)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "user", "stricthostkeychecking", "connecttimeout":
			options = append(options, key+"="+value)
		}
	}
	return options
}
