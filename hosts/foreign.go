package hosts

import (
	"fmt"
	"net/netip"
	"strings"
)

// foreign words a message about a line that was written for another tool.
func foreignFormat(what, instead string) string {
	return fmt.Sprintf("this looks like %s; here %s", what, instead)
}

// secondWord words the message about a line of a host file in which word
// stands behind another. Files of other tools are what it mostly is.
func explainSecondWord(line, word string) string {
	words := strings.Fields(line)
	first, second := words[0], words[1]
	_, notAddress := netip.ParseAddr(first)
	switch {
	case notAddress == nil && !strings.Contains(line, "="):
		return foreignFormat("/etc/hosts", "a line holds one name: "+second)
	case strings.Contains(line, "="):
		return foreignFormat("an ansible inventory", "a line holds names alone, and user and port are written USER@HOST:PORT")
	case strings.EqualFold(first, "Host") || strings.EqualFold(first, "HostName"):
		return foreignFormat("an ssh_config", "a line holds one name: "+second)
	case strings.HasSuffix(first, ":"):
		return foreignFormat("a groups file", "a group is a section: ["+strings.TrimSuffix(first, ":")+"] on a line of its own")
	case len(words) == 2 && isPlain(second) && !strings.ContainsAny(first, "@,"):
		return foreignFormat("a pssh host file (host, then user)", "that is "+second+"@"+first)
	}
	return fmt.Sprintf("a second word, %q: a line holds one LIST, whose members are separated by commas", word)
}

// foreignRange finds ansible's spelling of a range, web[01:50].
func findAnsibleRange(line string) *offsetError {
	open := strings.IndexByte(line, '[')
	for open > 0 {
		inner, _, closed := strings.Cut(line[open+1:], "]")
		low, high, colon := strings.Cut(inner, ":")
		if closed && colon && allDigits(low) && allDigits(high) {
			return errorAt(open, "%s", foreignFormat("an ansible inventory", fmt.Sprintf("a range is [%s-%s]", low, high)))
		}
		next := strings.IndexByte(line[open+1:], '[')
		if next < 0 {
			break
		}
		open += next + 1
	}
	return nil
}
