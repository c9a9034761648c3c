package compare

import (
	"bytes"
	"net/netip"
	"strings"

	"clsh/hosts"
)

// placeholder replaces a host's own name in its output (--normalize).
const placeholder = "%h"

// An ownName replaces a host's own name in its output, which arrives in arbitrary
// pieces. The name is that without user and port, and also the part before its domain.
// It is replaced where it is a word: node1 not in node10, but in node1.example.com.
type ownName struct {
	long, short []byte // short begins long
	pending     []byte // output that may be the beginning of a name
	before      byte   // the byte before pending; 0 at the beginning
}

func newOwnName(name string) *ownName {
	host := hostPart(name)
	o := &ownName{long: []byte(host), short: []byte(host)}
	if _, err := netip.ParseAddr(host); err != nil {
		if short, _, _ := strings.Cut(host, "."); short != "" {
			o.short = []byte(short)
		}
	}
	return o
}

// hostPart returns the host of a name `[user@]host[:port]`.
func hostPart(name string) string {
	list, err := hosts.Expand(name)
	if err != nil || len(list) != 1 {
		return name // from a record that another program wrote
	}
	return list[0].Addr
}

// append adds b to dst, except for an end that may be part of a name.
func (o *ownName) append(dst, b []byte) []byte {
	if len(o.pending) > 0 {
		b = append(o.pending, b...)
	}
	dst, rest := o.replace(dst, b, false)
	o.pending = append([]byte(nil), rest...)
	return dst
}

// end adds what append has held back.
func (o *ownName) end(dst []byte) []byte {
	dst, _ = o.replace(dst, o.pending, true)
	o.pending = nil
	return dst
}

// replace adds b to dst with the names in it replaced. Unless final, it returns the
// end of b that needs more input.
func (o *ownName) replace(dst, b []byte, final bool) (done, rest []byte) {
	for {
		i := bytes.Index(b, o.short)
		if i < 0 {
			break
		}
		dst = o.pass(dst, b[:i])
		b = b[i:]
		if !final && len(b) <= len(o.long) {
			return dst, b
		}
		n := o.match(b)
		if n > 0 {
			dst = append(dst, placeholder...)
			o.before = b[n-1]
		} else {
			n = 1
			dst = o.pass(dst, b[:n])
		}
		b = b[n:]
	}
	if final {
		return o.pass(dst, b), nil
	}
	keep := min(len(o.short)-1, len(b))
	return o.pass(dst, b[:len(b)-keep]), b[len(b)-keep:]
}

// match returns the length of the name that b begins with, 0 unless it is a word.
func (o *ownName) match(b []byte) int {
	if isWord(o.before) {
		return 0
	}
	for _, name := range [][]byte{o.long, o.short} {
		n := len(name)
		if bytes.HasPrefix(b, name) && (n == len(b) || !isWord(b[n])) {
			return n
		}
	}
	return 0
}

// pass adds b to dst as it is.
func (o *ownName) pass(dst, b []byte) []byte {
	if len(b) > 0 {
		o.before = b[len(b)-1]
	}
	return append(dst, b...)
}

// isWord reports whether c can be part of a name's label.
func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
