package hosts

import (
	"fmt"
	"iter"
	"math"
	"strings"
)

// Limits. Both are looked at before memory is taken.
const (
	// maxHosts is the largest set.
	maxHosts = 1 << 20
	// maxWork is how many names the operands of one selection may have in
	// all, repeats counted.
	maxWork = 1 << 22
)

// budget bounds what a text can make us compute: n[1-1000000] said a thousand
// times is a small set and much work.
type budget struct{ spent uint64 }

// take accounts for n names; offset is where the text says so.
func (b *budget) spend(n uint64, offset int) *offsetError {
	if n > maxWork || b.spent+n > maxWork {
		return &offsetError{offset, fmt.Sprintf("with the repeats these are more than the %d names that are worked through", maxWork)}
	}
	b.spent += n
	return nil
}

func tooMany(n uint64, offset int) *offsetError {
	if n == math.MaxUint64 {
		return &offsetError{offset, fmt.Sprintf("more hosts than can be counted, and at most %d are taken", maxHosts)}
	}
	return &offsetError{offset, fmt.Sprintf("%d hosts, and at most %d are taken", n, maxHosts)}
}

// template is an operand that stands for one name or many: literals, and
// dimensions between them. There is one literal more than dimensions.
type template struct {
	literals   []string
	dimensions []dimension
	// plain tells that the literals hold nothing but what isPlain takes, so
	// that the names need not be looked at one by one.
	plain bool
}

// parseTemplate reads the folded name text. Digits that touch a bracket
// belong to its numbers. A bracket at the head of a host that holds a colon
// is an address's and no range.
func parseTemplate(text string, work *budget) (*template, *offsetError) {
	t := &template{plain: true}
	from, i := 0, 0
	for i < len(text) {
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
				return nil, &offsetError{open, "brackets hold numbers, as in node[1-3,7], or an address that they stand around"}
			}
			t.plain = false
			continue
		}
		d, bad := parseDimension(inner, open+1, work)
		if bad != nil {
			return nil, bad
		}
		literal := text[from:open]
		cut := len(strings.TrimRight(literal, "0123456789"))
		d.before, literal = literal[cut:], literal[:cut]
		from = i
		for from < len(text) && isDigit(text[from]) {
			from++
		}
		d.after, i = text[i:from], from
		if bad := d.checkAdjacentDigits(open+1, work); bad != nil {
			return nil, bad
		}
		if from < len(text) && text[from] == '[' {
			return nil, &offsetError{from, "two brackets with nothing but digits between them"}
		}
		t.literals = append(t.literals, literal)
		t.dimensions = append(t.dimensions, d)
	}
	t.literals = append(t.literals, text[from:])
	for n, literal := range t.literals {
		for j := 0; j < len(literal) && t.plain; j++ {
			t.plain = isPlainByte(literal[j]) && (n > 0 || j > 0 || literal[j] != '-')
		}
	}
	return t, nil
}

// count returns how many names the template stands for; math.MaxUint64 for
// more than that number can hold.
func (t *template) count() uint64 {
	total := uint64(1)
	for _, d := range t.dimensions {
		n := d.count()
		if n != 0 && total > math.MaxUint64/n {
			return math.MaxUint64
		}
		total *= n
	}
	return total
}

// names yields the names in order: the last dimension turns fastest. The
// caller has looked at count and length.
func (t *template) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(t.dimensions) == 0 {
			yield(t.literals[0])
			return
		}
		g := generator{template: t, yield: yield, head: make([]byte, 0, t.length())}
		g.arena.Grow(int(t.count()) * t.length())
		g.turn(0)
	}
}

// length returns the length of the longest of the names, in bytes.
func (t *template) length() int {
	length := 0
	for _, literal := range t.literals {
		length += len(literal)
	}
	for i := range t.dimensions {
		length += t.dimensions[i].width()
	}
	return length
}

// generator writes a template's names one behind the other into one string,
// of which the names are parts: one allocation for all. The string was made
// large enough for them and so never moves.
type generator struct {
	*template
	yield func(string) bool
	arena strings.Builder
	head  []byte // of the name that is being written
}

// turn writes the names that begin with head, from literal n on. It returns
// false when no more are wanted.
func (g *generator) turn(n int) bool {
	g.head = append(g.head, g.literals[n]...)
	if n == len(g.dimensions) {
		start := g.arena.Len()
		g.arena.Write(g.head)
		return g.yield(g.arena.String()[start:])
	}
	length := len(g.head)
	for item := range g.dimensions[n].all() {
		g.head = g.dimensions[n].append(g.head, item)
		if !g.turn(n + 1) {
			return false
		}
		g.head = g.head[:length]
	}
	return true
}
