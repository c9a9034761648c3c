package hosts

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest name that is taken, in bytes. The DNS ends at 253
// (RFC 1035, 2.3.4), and a file NAME.out must not outgrow NAME_MAX by far.
// Without a limit a long name in front of a range would take the product of
// both in memory.
const maxName = 255

// Host is one host of a run.
type Host struct {
	// Name is the label: the name as it was given.
	Name string
	// User is the part before the @, empty where there is none.
	User string
	// Addr is what to connect to: a name, or an address without brackets.
	Addr string
	// Port is the port's digits, empty where none was given.
	Port string
}

// List is an ordered list of hosts without repeats. Each name in it has been
// checked: nothing that takes a List looks at a name again.
type List []Host

// Names returns the labels in order.
func (l List) Names() []string {
	names := make([]string, len(l))
	for i := range l {
		names[i] = l[i].Name
	}
	return names
}

// offsetError is what is wrong with one name, and where in it.
type offsetError struct {
	offset  int
	problem string
}

// Error makes a offsetError an error on the way to where the text is known.
func (e *offsetError) Error() string { return e.problem }

// parseHost reads [user@]host[:port]. One colon is a port; two or more are an
// IPv6 address, which stands in brackets when a port follows (RFC 3986,
// 3.2.2). ssh(1), too, takes the last @ for the one that ends the user.
func parseHost(name string) (Host, *offsetError) {
	if isPlain(name) && len(name) <= maxName {
		return Host{Name: name, Addr: name}, nil
	}
	if len(name) > maxName {
		return Host{}, tooLong(len(name))
	}
	h := Host{Name: name}
	rest, start := name, 0
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		h.User, rest, start = name[:at], name[at+1:], at+1
		if h.User == "" || h.User[0] == '@' { // a group's, in a LIST
			return Host{}, &offsetError{0, "no user before the @"}
		}
		if bad := checkPart(h.User, 0, "user"); bad != nil {
			return Host{}, bad
		}
		if colon := strings.IndexByte(h.User, ':'); colon >= 0 {
			return Host{}, &offsetError{colon, "a colon in a user's name"}
		}
	}
	var port string
	var colon int
	switch {
	case strings.HasPrefix(rest, "["):
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return Host{}, &offsetError{start, "this bracket is not closed"}
		}
		if bad := checkIPv6(rest[1:end], start+1); bad != nil {
			return Host{}, bad
		}
		h.Addr = rest[1:end]
		if end+1 == len(rest) {
			return h, nil
		}
		if rest[end+1] != ':' {
			return Host{}, &offsetError{start + end + 1, "after an address in brackets only a colon and a port can stand"}
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
	return &offsetError{0, fmt.Sprintf("a name of %d bytes, more than the %d that are taken", length, maxName)}
}

// isPlain tells a name that needs no further look: letters, digits, dots,
// dashes and underscores, the first of them no dash.
func isPlain(name string) bool {
	if name == "" || name[0] == '-' {
		return false
	}
	for i := 0; i < len(name); i++ {
		if !isPlainByte(name[i]) {
			return false
		}
	}
	return true
}

func isPlainByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_'
}

// checkPart looks at a user or a host name that stands at offset start.
func checkPart(part string, start int, what string) *offsetError {
	if part == "" {
		return &offsetError{start, "no " + what + " here"}
	}
	if part[0] == '-' {
		return &offsetError{start, "a " + what + " that begins with a dash would be an option of ssh"}
	}
	for i := range part {
		if problem := forbiddenRune(part[i:]); problem != "" {
			return &offsetError{start + i, problem}
		}
	}
	return nil
}

// refusedRune says why the character that text begins with cannot stand in a
// name; empty where it can. ssh hands names to a shell (ProxyCommand's %h, Match
// exec), so what means anything to one is not let through; see
// valid_hostname in OpenSSH's ssh.c for the same rule.
func forbiddenRune(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r == utf8.RuneError && size == 1:
		return "a byte that is no UTF-8"
	case r == '%':
		return "a % stands only before the zone of an IPv6 address"
	case r == '/':
		return "a / cannot stand in a name"
	case unicode.IsSpace(r):
		return "white space in a name"
	case !unicode.IsPrint(r):
		return fmt.Sprintf("the control character %U in a name", r)
	case strings.ContainsRune("\"'`$\\;&<>|(){}[]#~=*?!^,", r):
		return fmt.Sprintf("%q has a meaning to the shell and cannot stand in a name", r)
	}
	return ""
}

func checkIPv6(text string, start int) *offsetError {
	addr, err := netip.ParseAddr(text)
	if err != nil || !addr.Is6() {
		return &offsetError{start, fmt.Sprintf("with two colons or more it is an IPv6 address, and %q is none (hosts are separated by commas)", text)}
	}
	for i := 0; i < len(addr.Zone()); i++ {
		if !isPlainByte(addr.Zone()[i]) {
			return &offsetError{start + len(text) - len(addr.Zone()) + i, "an address's zone is made of letters, digits, dots, dashes and underscores"}
		}
	}
	return nil
}

func checkPort(port string, start int) *offsetError {
	if port == "" {
		return &offsetError{start, "a colon without a port"}
	}
	for i := 0; i < len(port); i++ {
		if !isDigit(port[i]) {
			return &offsetError{start + i, "a port is made of digits"}
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return &offsetError{start, "a port lies between 1 and 65535"}
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
