package hosts

import (
	"iter"
	"strconv"
)

const digits = "0123456789"

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// maxDigits is how many digits a number may have. A value of so many digits and their count fit
// into 64 bits.
const maxDigits = 17

// number is a number as it is written: the count of its digits in the high bits, because node1 and
// node01 are two hosts, and its value in the low bits. Two numbers are equal if their digits are.
// They sort by length first: 9, 08, 09, 10.
type number uint64

const valueBits = 57 // 10^17 < 2^57

// numberOf returns value written with at least width digits.
func numberOf(value uint64, width int) number {
	return number(uint64(max(countDigits(value), width))<<valueBits | value)
}

// parseNumber parses 1 to maxDigits digits.
func parseNumber(digits string) number {
	value := uint64(0)
	for i := range len(digits) {
		value = value*10 + uint64(digits[i]-'0')
	}
	return number(uint64(len(digits))<<valueBits | value)
}

func countDigits(value uint64) int {
	n := 1
	for ; value >= 10; value /= 10 {
		n++
	}
	return n
}

func (n number) value() uint64 { return uint64(n) & (1<<valueBits - 1) }
func (n number) digits() int   { return int(n >> valueBits) }

// padded reports whether n has a leading zero.
func (n number) padded() bool { return n.digits() > countDigits(n.value()) }

// width returns the width of the numbers in a range that begins with n: its length if it is padded,
// else 1.
func (n number) width() int {
	if n.padded() {
		return n.digits()
	}
	return 1
}

// append appends the digits of n to b.
func (n number) append(b []byte) []byte {
	for zeros := n.digits() - countDigits(n.value()); zeros > 0; zeros-- {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, n.value(), 10)
}

// runs yields the first and the last number of each run of consecutive numbers. The numbers are in
// ascending order. A run is what one range can say: if it begins padded, its numbers have one
// length, as in 08-11; else none is padded, as in 9-10.
func runs(numbers []number) iter.Seq2[number, number] {
	return func(yield func(first, last number) bool) {
		for i := 0; i < len(numbers); {
			first := numbers[i]
			width := first.width()
			j := i + 1
			for j < len(numbers) && numbers[j] == successor(numbers[j-1], width) {
				j++
			}
			if !yield(first, numbers[j-1]) {
				return
			}
			i = j
		}
	}
}

// successor returns the number after n in a range of the given width. It returns 0, which is no
// number, where a padded range ends: 99 has no successor of width 2.
func successor(n number, width int) number {
	next := numberOf(n.value()+1, width)
	if width > 1 && next.digits() != width {
		return 0
	}
	return next
}

// appendRuns appends ascending numbers to b as they are written in brackets: 1-3,7.
func appendRuns(b []byte, numbers []number) []byte {
	separate := false
	for first, last := range runs(numbers) {
		if separate {
			b = append(b, ',')
		}
		separate = true
		b = first.append(b)
		if last != first {
			b = append(b, '-')
			b = last.append(b)
		}
	}
	return b
}
