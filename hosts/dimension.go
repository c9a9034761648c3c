package hosts

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// span is one member of a bracket: lo, lo+step … up to hi, each written with
// at least width digits.
type span struct {
	lo, hi, step uint64
	width        int
	// stepped tells that a step was written, be it 1.
	stepped bool
}

func (s span) count() uint64 { return (s.hi-s.lo)/s.step + 1 }
func (s span) first() number { return numberOf(s.lo, s.width) }
func (s span) last() number  { return numberOf(s.hi, s.width) }

// dimension is one bracket: the numbers in it, in the order given, without
// repeats, and the digits around it.
type dimension struct {
	spans         []span
	before, after string
	// numbers holds the numbers themselves where spans meet one another.
	numbers []number
}

// parseDimension reads what stands in a bracket; offset is where that begins.
func parseDimension(inner string, offset int, work *budget) (dimension, *offsetError) {
	var d dimension
	for start := 0; start <= len(inner); {
		end := len(inner)
		if comma := strings.IndexByte(inner[start:], ','); comma >= 0 {
			end = start + comma
		}
		s, bad := parseSpan(inner[start:end], offset+start)
		if bad != nil {
			return dimension{}, bad
		}
		if s.count() > maxHosts {
			return dimension{}, tooMany(s.count(), offset+start)
		}
		d.spans = append(d.spans, s)
		start = end + 1
	}
	if d.ascending() {
		return d, nil
	}
	if bad := work.spend(d.count(), offset); bad != nil {
		return dimension{}, bad
	}
	d.dropRepeats()
	return d, nil
}

// parseSpan reads N, N-M or N-M/STEP. White space around the numbers does
// not count, as in nodeset.
func parseSpan(text string, offset int) (span, *offsetError) {
	bounds, stepText, stepped := strings.Cut(text, "/")
	low, high, isRange := strings.Cut(bounds, "-")
	low, high, stepText = strings.TrimSpace(low), strings.TrimSpace(high), strings.TrimSpace(stepText)
	if !isRange {
		high = low
	}
	switch {
	case strings.TrimSpace(text) == "":
		return span{}, &offsetError{offset, "an empty range"}
	case low == "" && isRange:
		return span{}, &offsetError{offset, "a range has a number on either side of its dash, and no number is negative"}
	case high == "":
		return span{}, &offsetError{offset + len(bounds), "a range has a number on either side of its dash"}
	case strings.Contains(high, "-"):
		return span{}, &offsetError{offset, "a range has one dash, and no number is negative"}
	case !allDigits(low):
		return span{}, &offsetError{offset, fmt.Sprintf("%q is no number", low)}
	case !allDigits(high):
		return span{}, &offsetError{offset + len(bounds) - len(high), fmt.Sprintf("%q is no number", high)}
	case len(low) > maxDigits || len(high) > maxDigits:
		return span{}, &offsetError{offset, fmt.Sprintf("a number of more than %d digits in brackets", maxDigits)}
	}
	s, bad := newSpan(parseNumber(low), parseNumber(high), offset)
	if bad != nil || !stepped {
		return s, bad
	}
	step, err := strconv.ParseUint(stepText, 10, 63)
	if err != nil || step == 0 {
		return span{}, &offsetError{offset + len(bounds) + 1, fmt.Sprintf("%q is no step: it is a number above 0", stepText)}
	}
	if !isRange && step != 1 {
		return span{}, &offsetError{offset + len(bounds), "a step belongs to a range, as in [0-10/2]"}
	}
	s.step, s.stepped = step, true
	s.hi -= (s.hi - s.lo) % step
	return s, nil
}

// between returns the span from low to high. A number with a leading zero is
// padded, and then both must be of one length.
func newSpan(low, high number, offset int) (span, *offsetError) {
	if low.digits() != high.digits() && (low.padded() || high.padded()) {
		return span{}, &offsetError{offset, fmt.Sprintf("the padding differs: %s and %s are not of one length", low.append(nil), high.append(nil))}
	}
	if low.value() > high.value() {
		return span{}, &offsetError{offset, "the range ends before it begins"}
	}
	return span{lo: low.value(), hi: high.value(), step: 1, width: low.width()}, nil
}

func allDigits(text string) bool {
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			return false
		}
	}
	return text != ""
}

// items yields the numbers in order.
func (d *dimension) all() iter.Seq[number] {
	if d.numbers != nil {
		return slices.Values(d.numbers)
	}
	return func(yield func(number) bool) {
		for _, s := range d.spans {
			for value := s.lo; value <= s.hi; value += s.step {
				if !yield(numberOf(value, s.width)) {
					return
				}
			}
		}
	}
}

// append writes the number with the digits around it.
func (d *dimension) append(b []byte, n number) []byte {
	b = append(b, d.before...)
	b = n.append(b)
	return append(b, d.after...)
}

// width returns the length of the longest number with the digits around it.
func (d *dimension) width() int {
	longest := 0
	for _, s := range d.spans {
		longest = max(longest, s.last().digits())
	}
	return len(d.before) + longest + len(d.after)
}

// count returns how many numbers there are. A span holds at most maxHosts,
// and a text has few spans, so the sum does not overflow.
func (d *dimension) count() uint64 {
	if d.numbers != nil {
		return uint64(len(d.numbers))
	}
	total := uint64(0)
	for _, s := range d.spans {
		total += s.count()
	}
	return total
}

// ascending tells whether each span lies behind the one before it, so that
// no number can stand there twice.
func (d *dimension) ascending() bool {
	for i := 1; i < len(d.spans); i++ {
		if d.spans[i-1].last() >= d.spans[i].first() {
			return false
		}
	}
	return true
}

// dropRepeats lists the numbers one by one, the first of each.
func (d *dimension) dropRepeats() {
	seen := make(map[number]struct{})
	var numbers []number
	for n := range d.all() {
		if _, again := seen[n]; !again {
			seen[n] = struct{}{}
			numbers = append(numbers, n)
		}
	}
	d.numbers = numbers
}

// touch looks at the digits around the bracket, whose text begins at offset.
// They belong to its numbers: n1[2-3] is n12 and n13. What nodeset refuses
// is refused, and where it reads a range that nobody wrote, see doc.go.
func (d *dimension) checkAdjacentDigits(offset int, work *budget) *offsetError {
	if d.after != "" {
		for _, s := range d.spans {
			if s.stepped {
				return &offsetError{offset, "a range with a step, and digits behind the bracket"}
			}
			if s.lo == 0 && s.width == 1 && s.hi > 9 {
				return &offsetError{offset, "with the digits behind the bracket the padding differs"}
			}
		}
		return nil
	}
	if d.before == "" {
		return nil
	}
	if bad := work.spend(d.count(), offset); bad != nil {
		return bad
	}
	for first, last := range runs(slices.Sorted(d.all())) {
		if first.digits() != last.digits() {
			return &offsetError{offset, fmt.Sprintf("numbers of %d and of %d digits: with the %s before the bracket nodeset reads %[3]s%[4]d to %[3]s%[5]d, pdsh does not; write the range that you mean",
				first.digits(), last.digits(), d.before, first.value(), last.value())}
		}
	}
	return nil
}
