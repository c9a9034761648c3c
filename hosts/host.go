package hosts

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the length of the longest name, in bytes. The DNS allows 253 (RFC 1035, 2.3.4), and a
// file named after a host must stay near NAME_MAX. Without a limit, a long name before a range
// would take memory for the product of both.
const maxName = 255

// Host is one host of a run.
type Host struct {
	// Name is the label: the name as it was given.
	Name string
	// User is the part before the @, or empty.
	User string
	// Addr is what to connect to: a name, or an address without brackets.
	Addr string
	// Port is the port's digits, or empty.
	Port string
	// Settings is what an inventory says of the host, or nil.
	Settings *Settings
}

// List is an ordered list of hosts without repeats, but for Selection.Repeat. Each name has been checked: a consumer of a
// List does not check names again.
type List []Host

// Names returns the labels in order.
func (l List) Names() []string {
	names := make([]string, len(l))
	for i := range l {
		names[i] = l[i].Name
	}
	return names
}

// parseHost parses [user@]host[:port]. One colon begins a port; two or more make an IPv6 address,
// which must be in brackets if a port follows (RFC 3986, 3.2.2). As in ssh(1), the last @ ends the
// user.
func parseHost(name string) (Host, *offsetError) {
	if isPlain(name) {
		return Host{Name: name, Addr: name}, nil
	}
	if len(name) > maxName {
		return Host{}, tooLong(len(name))
	}
	h := Host{Name: name}
	rest, start := name, 0
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		h.User, rest, start = name[:at], name[at+1:], at+1
		if h.User == "" || h.User[0] == '@' { // in a LIST, this is a group
			return Host{}, errorAt(0, "missing user before @")
		}
		if bad := checkPart(h.User, 0, "user"); bad != nil {
			return Host{}, bad
		}
		if colon := strings.IndexByte(h.User, ':'); colon >= 0 {
			return Host{}, errorAt(colon, "colon in the user name")
		}
	}
	var port string
	var colon int
	switch {
	case strings.HasPrefix(rest, "["):
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return Host{}, errorAt(start, "bracket not closed")
		}
		if bad := checkIPv6(rest[1:end], start+1); bad != nil {
			return Host{}, bad
		}
		h.Addr = rest[1:end]
		if end+1 == len(rest) {
			return h, nil
		}
		if rest[end+1] != ':' {
			return Host{}, errorAt(start+end+1, "expected only a colon and a port after the address in brackets")
		}
		port, colon = rest[end+2:], end+1
	case strings.Count(rest, ":") >= 2:
		h.Addr = rest
		return h, checkIPv6(rest, start)
	default:
		h.Addr = rest
		if colon = strings.IndexByte(rest, ':'); colon >= 0 {
			h.Addr, port = rest[:colon], rest[colon+1:]
		}
		if bad := checkPart(h.Addr, start, "host"); bad != nil {
			return Host{}, bad
		}
	}
	if colon < 0 {
		return h, nil
	}
	h.Port = port
	return h, checkPort(port, start+colon+1)
}

func tooLong(length int) *offsetError {
	return errorAt(0, "name of %d bytes (at most %d)", length, maxName)
}

// isPlain reports whether name is a valid name that needs no further parsing: at most maxName
// letters, digits, dots, dashes and underscores, of which the first is not a dash.
func isPlain(name string) bool {
	return name != "" && len(name) <= maxName && name[0] != '-' && allPlainBytes(name)
}

func allPlainBytes(text string) bool {
	for i := range len(text) {
		if !isPlainByte(text[i]) {
			return false
		}
	}
	return true
}

func isPlainByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_'
}

// checkPart checks a user or a host name that begins at the offset start. what is "user" or "host".
func checkPart(part string, start int, what string) *offsetError {
	if part == "" {
		return errorAt(start, "missing %s", what)
	}
	if part[0] == '-' {
		return errorAt(start, "%s begins with a dash, which ssh reads as an option", what)
	}
	for i := range part {
		if problem := forbiddenRune(part[i:]); problem != "" {
			return errorAt(start+i, "%s", problem)
		}
	}
	return nil
}

// forbiddenRune returns why the character that text begins with is not allowed in a name, or "".
// ssh passes names to a shell (ProxyCommand's %h, Match exec), so all characters that are special
// to a shell are forbidden, as in valid_hostname of OpenSSH's ssh.c.
func forbiddenRune(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r == utf8.RuneError && size == 1:
		return "invalid UTF-8"
	case r == '%':
		return "'%' is only allowed before the zone of an IPv6 address"
	case r == '/':
		return "'/' is not allowed in a name"
	case unicode.IsSpace(r):
		return "white space in a name"
	case !unicode.IsPrint(r):
		return fmt.Sprintf("control character %U in a name", r)
	case strings.ContainsRune("\"'`$\\;&<>|(){}[]#~=*?!^,", r):
		return fmt.Sprintf("%q is special to the shell and is not allowed in a name", r)
	}
	return ""
}

func checkIPv6(text string, start int) *offsetError {
	addr, err := netip.ParseAddr(text)
	if err != nil || !addr.Is6() {
		return errorAt(start, "%q is not an IPv6 address", text).withHint("a name has at most one colon; separate hosts with commas")
	}
	zone := addr.Zone()
	for i := range len(zone) {
		if !isPlainByte(zone[i]) {
			return errorAt(start+len(text)-len(zone)+i, "zone of an address may only have letters, digits, dots, dashes and underscores")
		}
	}
	return nil
}

func checkPort(port string, start int) *offsetError {
	if port == "" {
		return errorAt(start, "missing port after the colon")
	}
	for i := range len(port) {
		if !isDigit(port[i]) {
			return errorAt(start+i, "port is not a number")
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errorAt(start, "port is not between 1 and 65535")
	}
	return nil
}
