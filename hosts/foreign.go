package hosts

import (
	"net/netip"
	"regexp"
	"strings"
)

// foreignFormat returns the error for a line that was written for another tool.
func foreignFormat(offset int, format string) *offsetError {
	return errorAt(offset, "looks like %s", format)
}

// explainSecondWord returns the error for a line of a host file with a second word. Most such lines
// come from files of other tools, so the hint tells how to write them here.
func explainSecondWord(line string, word operand) *offsetError {
	words := strings.Fields(line)
	first, second := words[0], words[1]
	_, err := netip.ParseAddr(first)
	isAddress := err == nil
	switch {
	case isAddress && !strings.Contains(line, "="):
		return foreignFormat(word.offset, "/etc/hosts").withHint("write one name: %s", second)
	case strings.Contains(line, "="):
		return foreignFormat(word.offset, "an ansible inventory").withHint("--inventory FILE reads one; in a host file, write USER@HOST:PORT")
	case strings.EqualFold(first, "Host") || strings.EqualFold(first, "HostName"):
		return foreignFormat(word.offset, "an ssh_config").withHint("write one name: %s", second)
	case strings.HasSuffix(first, ":"):
		return foreignFormat(word.offset, "a groups file").
			withHint("write a group as a section: [%s] on a line of its own", strings.TrimSuffix(first, ":"))
	case len(words) == 2 && isPlain(second) && !strings.ContainsAny(first, "@,"):
		return foreignFormat(word.offset, "a pssh host file (host, then user)").withHint("write %s@%s", second, first)
	}
	return errorAt(word.offset, "second word %q", word.text).withHint("separate hosts on one line with commas")
}

var ansibleRange = regexp.MustCompile(`.(\[([0-9]+):([0-9]+)\])`)

// findAnsibleRange returns an error if line has a range as ansible writes it, web[01:50].
func findAnsibleRange(line string) *offsetError {
	m := ansibleRange.FindStringSubmatchIndex(line)
	if m == nil {
		return nil
	}
	return foreignFormat(m[2], "an ansible inventory").withHint("write the range as [%s-%s]", line[m[4]:m[5]], line[m[6]:m[7]])
}
