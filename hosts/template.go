package hosts

import (
	"iter"
	"math"
	"strings"
)

// Limits, which are checked before memory is allocated.
const (
	// maxHosts is the size of the largest set.
	maxHosts = 1 << 20
	// maxWork is how many names the operands of one selection may have in all, counting repeats.
	maxWork = 1 << 22
)

// budget bounds the work that a text can cause: a thousand times n[1-1000000] is a small set but
// much work.
type budget struct{ spent uint64 }

// spend accounts for n names that the text at offset expands to.
func (b *budget) spend(n uint64, offset int) *offsetError {
	if n > maxWork || b.spent+n > maxWork {
		return errorAt(offset, "more than %d names in all, repeats included", maxWork)
	}
	b.spent += n
	return nil
}

func tooMany(n uint64, offset int) *offsetError {
	if n == math.MaxUint64 {
		return errorAt(offset, "too many hosts to count (at most %d)", maxHosts)
	}
	return errorAt(offset, "too many hosts: %d (at most %d)", n, maxHosts)
}

// template is an operand that expands to one or more names: dimensions, with a literal before,
// after and between them.
type template struct {
	literals   []string
	dimensions []dimension
	// plain is set if all names are plain (see isPlain), apart from their length.
	plain bool
}

// parseTemplate parses a folded name, whose brackets scanOperand has checked. Digits next to a
// bracket belong to its numbers. A bracket that begins a host and holds a colon is part of an
// address, not a dimension.
func parseTemplate(text string, work *budget) (*template, *offsetError) {
	t := &template{plain: true}
	start, i := 0, 0 // of the literal, and of the text that is left
	for {
		open := strings.IndexByte(text[i:], '[')
		if open < 0 {
			break
		}
		open += i
		end := open + strings.IndexByte(text[open:], ']')
		inner := text[open+1 : end]
		i = end + 1
		if strings.IndexByte(inner, ':') >= 0 {
			if open > 0 && text[open-1] != '@' {
				return nil, errorAt(open, "brackets hold numbers or a whole IPv6 address").withHint("write numbers as in node[1-3,7]")
			}
			t.plain = false
			continue
		}
		d, bad := parseDimension(inner, open+1, work)
		if bad != nil {
			return nil, bad
		}
		literal := strings.TrimRight(text[start:open], digits)
		d.before = text[start+len(literal) : open]
		start = len(text) - len(strings.TrimLeft(text[i:], digits))
		d.after, i = text[i:start], start
		if bad := d.checkAdjacentDigits(open+1, work); bad != nil {
			return nil, bad
		}
		if strings.HasPrefix(text[i:], "[") {
			return nil, errorAt(i, "nothing but digits between two brackets")
		}
		t.literals = append(t.literals, literal)
		t.dimensions = append(t.dimensions, d)
	}
	t.literals = append(t.literals, text[start:])
	t.plain = t.plain && !strings.HasPrefix(t.literals[0], "-")
	for _, literal := range t.literals {
		t.plain = t.plain && allPlainBytes(literal)
	}
	return t, nil
}

// count returns how many names t expands to, or math.MaxUint64 if there are more.
func (t *template) count() uint64 {
	total := uint64(1)
	for i := range t.dimensions {
		n := t.dimensions[i].count()
		if n != 0 && total > math.MaxUint64/n {
			return math.MaxUint64
		}
		total *= n
	}
	return total
}

// maxLength returns the length of the longest of the names, in bytes.
func (t *template) maxLength() int {
	length := 0
	for _, literal := range t.literals {
		length += len(literal)
	}
	for i := range t.dimensions {
		length += t.dimensions[i].maxLength()
	}
	return length
}

// names yields the names in order; the last dimension varies fastest. The caller has checked count
// and maxLength.
func (t *template) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(t.dimensions) == 0 {
			yield(t.literals[0])
			return
		}
		g := generator{template: t, yield: yield, prefix: make([]byte, 0, t.maxLength())}
		g.arena.Grow(int(t.count()) * t.maxLength())
		g.generate(0)
	}
}

// generator writes the names of a template one after the other into one string and yields parts of
// it, which takes one allocation for all. The string never moves: it has room for all names.
type generator struct {
	*template
	yield  func(string) bool
	arena  strings.Builder
	prefix []byte // of the current name
}

// generate yields the names that begin with prefix and continue with literal n. It returns false if
// yield does.
func (g *generator) generate(n int) bool {
	g.prefix = append(g.prefix, g.literals[n]...)
	if n == len(g.dimensions) {
		start := g.arena.Len()
		g.arena.Write(g.prefix)
		return g.yield(g.arena.String()[start:])
	}
	length := len(g.prefix)
	for item := range g.dimensions[n].all() {
		g.prefix = g.dimensions[n].append(g.prefix, item)
		if !g.generate(n + 1) {
			return false
		}
		g.prefix = g.prefix[:length]
	}
	return true
}
