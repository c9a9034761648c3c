package hosts

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxDigits is how many digits a number may have that is counted with. A
// longer one can stand in brackets alone.
const maxDigits = 18

// span is one member of a bracket: lo, lo+step … up to hi, each of at least
// width digits. A number of more than maxDigits digits is kept as text.
type span struct {
	lo, hi, step uint64
	width        int
	text         string
	// stepped tells that a step was written, be it 1.
	stepped bool
}

// number is one number of a dimension as it is written: node1 and node01
// are two hosts.
type number struct {
	value uint64
	width int
	text  string
}

// dim is one bracket: what it may be, in the order given, without repeats,
// and the digits around it.
type dim struct {
	spans         []span
	before, after string
	// numbers holds the numbers themselves where spans meet one another.
	numbers []number
}

// parseDim reads what stands in a bracket whose first byte is at offset.
func parseDim(inner string, offset int, work *budget) (dim, *nameError) {
	var d dim
	for start := 0; start <= len(inner); {
		end := len(inner)
		if comma := strings.IndexByte(inner[start:], ','); comma >= 0 {
			end = start + comma
		}
		s, bad := parseSpan(inner[start:end], offset+start)
		if bad != nil {
			return dim{}, bad
		}
		if s.count() > maxHosts {
			return dim{}, tooMany(s.count(), offset+start)
		}
		d.spans = append(d.spans, s)
		start = end + 1
	}
	if d.ascending() {
		return d, nil
	}
	if bad := work.take(d.count(), offset); bad != nil {
		return dim{}, bad
	}
	d.dropRepeats()
	return d, nil
}

// parseSpan reads N, N-M or N-M/STEP. White space around the numbers does
// not count, as in nodeset.
func parseSpan(text string, offset int) (span, *nameError) {
	bounds, stepText, stepped := strings.Cut(text, "/")
	low, high, isRange := strings.Cut(bounds, "-")
	low, high, stepText = strings.TrimSpace(low), strings.TrimSpace(high), strings.TrimSpace(stepText)
	if !isRange {
		high = low
	}
	switch {
	case strings.TrimSpace(text) == "":
		return span{}, &nameError{offset, "an empty range"}
	case low == "" && isRange:
		return span{}, &nameError{offset, "a range has a number on either side of its dash, and no number is negative"}
	case high == "":
		return span{}, &nameError{offset + len(bounds), "a range has a number on either side of its dash"}
	case !allDigits(low):
		return span{}, &nameError{offset, fmt.Sprintf("%q is no number", low)}
	case !allDigits(high):
		return span{}, &nameError{offset + len(bounds) - len(high), fmt.Sprintf("%q is no number", high)}
	}
	s := span{step: 1, width: len(low), stepped: stepped}
	if stepped {
		var err error
		if s.step, err = strconv.ParseUint(stepText, 10, 63); err != nil || s.step == 0 {
			return span{}, &nameError{offset + len(bounds) + 1, fmt.Sprintf("%q is no step: it is a number above 0", stepText)}
		}
		if !isRange && s.step != 1 {
			return span{}, &nameError{offset + len(bounds), "a step belongs to a range, as in [0-10/2]"}
		}
	}
	if len(low) > maxDigits || len(high) > maxDigits {
		if isRange {
			return span{}, &nameError{offset, fmt.Sprintf("a range over numbers of more than %d digits", maxDigits)}
		}
		s.text = low
		return s, nil
	}
	return s.between(low, high, offset)
}

// between sets the bounds. A number with a leading zero is padded, and then
// both must be of one length.
func (s span) between(low, high string, offset int) (span, *nameError) {
	s.lo, _ = strconv.ParseUint(low, 10, 64)
	s.hi, _ = strconv.ParseUint(high, 10, 64)
	if len(low) != len(high) && (padded(low) || padded(high)) {
		return span{}, &nameError{offset, fmt.Sprintf("the padding differs: %s and %s are not of one length", low, high)}
	}
	if s.lo > s.hi {
		return span{}, &nameError{offset, "the range ends before it begins"}
	}
	if !padded(low) {
		s.width = 1
	}
	s.hi -= (s.hi - s.lo) % s.step
	return s, nil
}

func padded(digits string) bool { return len(digits) > 1 && digits[0] == '0' }

func allDigits(text string) bool {
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			return false
		}
	}
	return text != ""
}

// first and last return the ends of the span.
func (s span) first() number { return number{s.lo, s.width, s.text} }
func (s span) last() number  { return number{s.hi, s.width, s.text} }

func (s span) count() uint64 {
	if s.text != "" {
		return 1
	}
	return (s.hi-s.lo)/s.step + 1
}

// digits returns the length of the number as it is written.
func (n number) digits() int {
	if n.text != "" {
		return len(n.text)
	}
	length := 1
	for v := n.value; v >= 10; v /= 10 {
		length++
	}
	return max(length, n.width)
}

// padded tells whether the number is written with a leading zero.
func (n number) padded() bool { return n.digits() > (number{value: n.value}).digits() }

// compare orders numbers by length, then by value: the order in which a
// padded and an unpadded number are never equal.
func (n number) compare(m number) int {
	if a, b := n.digits(), m.digits(); a != b {
		return a - b
	}
	if n.text != m.text {
		return strings.Compare(n.text, m.text)
	}
	switch {
	case n.value < m.value:
		return -1
	case n.value > m.value:
		return 1
	}
	return 0
}

// items yields the numbers in order.
func (d *dim) items() iter.Seq[number] {
	return func(yield func(number) bool) {
		for _, n := range d.numbers {
			if !yield(n) {
				return
			}
		}
		if d.numbers != nil {
			return
		}
		for _, s := range d.spans {
			n := s.first()
			for i := s.count(); i > 0; i-- {
				if !yield(n) {
					return
				}
				n.value += s.step
			}
		}
	}
}

// append writes the number with the digits around it.
func (d *dim) append(b []byte, n number) []byte {
	b = append(b, d.before...)
	if n.text != "" {
		b = append(b, n.text...)
	} else {
		b = appendPadded(b, n.value, n.width)
	}
	return append(b, d.after...)
}

func appendPadded(b []byte, value uint64, width int) []byte {
	if width > 1 {
		for missing := width - (number{value: value}).digits(); missing > 0; missing-- {
			b = append(b, '0')
		}
	}
	return strconv.AppendUint(b, value, 10)
}

// width returns the length of the longest number with the digits around it.
func (d *dim) width() int {
	longest := 0
	for _, s := range d.spans {
		longest = max(longest, s.last().digits())
	}
	return len(d.before) + longest + len(d.after)
}

func (d *dim) count() uint64 {
	if d.numbers != nil {
		return uint64(len(d.numbers))
	}
	total := uint64(0)
	for _, s := range d.spans {
		n := s.count()
		if total > math.MaxUint64-n {
			return math.MaxUint64
		}
		total += n
	}
	return total
}

// ascending tells whether each span lies behind the one before it, so that
// none of the numbers can stand there twice.
func (d *dim) ascending() bool {
	for i := 1; i < len(d.spans); i++ {
		if d.spans[i-1].last().compare(d.spans[i].first()) >= 0 {
			return false
		}
	}
	return true
}

// dropRepeats lists the numbers one by one, the first of each.
func (d *dim) dropRepeats() {
	seen := make(map[number]struct{})
	var numbers []number
	for n := range d.items() {
		key := n
		key.width = n.digits()
		if _, again := seen[key]; !again {
			seen[key] = struct{}{}
			numbers = append(numbers, n)
		}
	}
	d.numbers = numbers
}

// touch looks at the digits around the bracket, whose text begins at offset.
// They belong to the numbers: n1[2-3] is n12 and n13. Where the numbers are
// not of one length this has no meaning that all tools share, see doc.go.
func (d *dim) touch(offset int, work *budget) *nameError {
	if d.after != "" {
		for _, s := range d.spans {
			if s.stepped {
				return &nameError{offset, "a range with a step and digits behind the bracket"}
			}
			if s.lo == 0 && s.width == 1 && s.text == "" && s.hi > 9 {
				return &nameError{offset, "with the digits behind the bracket the padding differs"}
			}
		}
		return nil
	}
	if d.before == "" {
		return nil
	}
	if bad := work.take(d.count(), offset); bad != nil {
		return bad
	}
	numbers := slices.SortedFunc(d.items(), number.compare)
	unpadded := true // of the run of neighbours that the number before was in
	for i, n := range numbers {
		if i > 0 {
			last := numbers[i-1]
			follows := n.text == "" && last.text == "" && n.value == last.value+1
			switch {
			case follows && unpadded && !n.padded() && n.digits() != last.digits():
				return &nameError{offset, fmt.Sprintf("the digits before the bracket make %s%d to %s%d of %[2]d and %[4]d for nodeset, %[1]s%[2]d and %[3]s%[4]d for pdsh: write out which",
					d.before, last.value, d.before, n.value)}
			case follows && n.digits() == last.digits() && !(unpadded && n.padded()):
				continue
			}
		}
		unpadded = !n.padded()
	}
	return nil
}
