package hosts

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// span is one member of a bracket: the numbers lo, lo+step, … hi, each written with at least width
// digits.
type span struct {
	lo, hi, step uint64
	width        int
	stepped      bool // a step was written, even /1
}

func (s span) count() uint64 { return (s.hi-s.lo)/s.step + 1 }
func (s span) first() number { return numberOf(s.lo, s.width) }
func (s span) last() number  { return numberOf(s.hi, s.width) }

// dimension is the content of one bracket, in the order given and without repeats, with the digits
// right before and after the bracket.
type dimension struct {
	spans         []span
	before, after string
	// numbers lists the numbers one by one where spans overlap or are out of order; else it is nil.
	numbers []number
}

// parseDimension parses the text between two brackets, which begins at offset.
func parseDimension(inner string, offset int, work *budget) (dimension, *offsetError) {
	var d dimension
	at := offset
	for text := range strings.SplitSeq(inner, ",") {
		s, bad := parseSpan(text, at)
		if bad != nil {
			return dimension{}, bad
		}
		if s.count() > maxHosts {
			return dimension{}, tooMany(s.count(), at)
		}
		d.spans = append(d.spans, s)
		at += len(text) + 1
	}
	if d.ascending() {
		return d, nil
	}
	if bad := work.spend(d.count(), offset); bad != nil {
		return dimension{}, bad
	}
	d.numbers = distinct(d.all())
	return d, nil
}

// parseSpan parses N, N-M or N-M/STEP. Like nodeset, it ignores white space around the numbers.
func parseSpan(text string, offset int) (span, *offsetError) {
	const noNegative = "negative numbers are not supported"
	bounds, stepText, stepped := strings.Cut(text, "/")
	low, high, isRange := strings.Cut(bounds, "-")
	low, high, stepText = strings.TrimSpace(low), strings.TrimSpace(high), strings.TrimSpace(stepText)
	if !isRange {
		high = low
	}
	switch {
	case strings.TrimSpace(text) == "":
		return span{}, errorAt(offset, "empty range")
	case low == "" && isRange:
		return span{}, errorAt(offset, "no number before the dash").withHint(noNegative)
	case high == "":
		return span{}, errorAt(offset+len(bounds), "no number after the dash")
	case strings.Contains(high, "-"):
		return span{}, errorAt(offset, "more than one dash in a range").withHint(noNegative)
	case !allDigits(low):
		return span{}, errorAt(offset, "%q is not a number", low)
	case !allDigits(high):
		return span{}, errorAt(offset+len(bounds)-len(high), "%q is not a number", high)
	case len(low) > maxDigits || len(high) > maxDigits:
		return span{}, errorAt(offset, "number in brackets has more than %d digits", maxDigits)
	}
	s, bad := newSpan(parseNumber(low), parseNumber(high), offset)
	if bad != nil || !stepped {
		return s, bad
	}
	step, err := strconv.ParseUint(stepText, 10, 63)
	if err != nil || step == 0 {
		return span{}, errorAt(offset+len(bounds)+1, "step %q is not a positive number", stepText)
	}
	if !isRange && step != 1 {
		return span{}, errorAt(offset+len(bounds), "step without a range").withHint("write a range, as in [0-10/2]")
	}
	s.step, s.stepped = step, true
	s.hi -= (s.hi - s.lo) % step
	return s, nil
}

// newSpan returns the span from low to high. If one of the two is padded, which means that it has a
// leading zero, both must have the same length.
func newSpan(low, high number, offset int) (span, *offsetError) {
	if low.digits() != high.digits() && (low.padded() || high.padded()) {
		return span{}, errorAt(offset, "padded numbers %s and %s differ in length", low.append(nil), high.append(nil))
	}
	if low.value() > high.value() {
		return span{}, errorAt(offset, "range ends before it begins")
	}
	return span{lo: low.value(), hi: high.value(), step: 1, width: low.width()}, nil
}

func allDigits(text string) bool {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return false
		}
	}
	return text != ""
}

// all yields the numbers in order.
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

// append appends n and the digits around it to b.
func (d *dimension) append(b []byte, n number) []byte {
	b = append(b, d.before...)
	b = n.append(b)
	return append(b, d.after...)
}

// maxLength returns the length of the longest number with the digits around it.
func (d *dimension) maxLength() int {
	longest := 0
	for _, s := range d.spans {
		longest = max(longest, s.last().digits())
	}
	return len(d.before) + longest + len(d.after)
}

// count returns how many numbers d has. The sum does not overflow: a span holds at most maxHosts
// numbers.
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

// ascending reports whether each span lies after the one before it, so that no number repeats.
func (d *dimension) ascending() bool {
	for i := 1; i < len(d.spans); i++ {
		if d.spans[i-1].last() >= d.spans[i].first() {
			return false
		}
	}
	return true
}

// checkAdjacentDigits checks the digits around the bracket, whose content begins at offset. They
// are part of its numbers: n1[2-3] is n12 and n13. It refuses what nodeset refuses, and texts that
// nodeset expands to a range that was not written (see the package documentation).
func (d *dimension) checkAdjacentDigits(offset int, work *budget) *offsetError {
	if d.after != "" {
		for _, s := range d.spans {
			if s.stepped {
				return errorAt(offset, "range with a step, and digits after the bracket")
			}
			if s.lo == 0 && s.width == 1 && s.hi > 9 {
				return errorAt(offset, "digits after the bracket mix padded and unpadded numbers")
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
			return errorAt(offset, "ambiguous numbers of %d and %d digits after %q", first.digits(), last.digits(), d.before).
				withHint("nodeset reads %[1]s%[2]d to %[1]s%[3]d, pdsh does not; write the range that you mean", d.before, first.value(), last.value())
		}
	}
	return nil
}
