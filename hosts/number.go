package hosts

import (
	"iter"
	"strconv"
)

// maxDigits is how many digits a number may have that is counted with: what
// a number has room for beside its length.
const maxDigits = 17

// number is a number as it is written: its value, and above that its length
// in digits, because node1 and node01 are two hosts. Numbers are equal where
// their digits are, and sort by length first: 9, 08, 09, 10.
type number uint64

const valueBits = 57 // 10^17 < 2^57

// numberOf returns value, written with at least width digits.
func numberOf(value uint64, width int) number {
	return number(uint64(max(countDigits(value), width))<<valueBits | value)
}

// parseNumber reads 1 to maxDigits digits.
func parseNumber(digits string) number {
	value := uint64(0)
	for i := 0; i < len(digits); i++ {
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

// padded tells whether n is written with a leading zero.
func (n number) padded() bool { return n.digits() > countDigits(n.value()) }

// width returns the width to give numberOf for the neighbours of n: its
// length where it is padded, else 1.
func (n number) width() int {
	if n.padded() {
		return n.digits()
	}
	return 1
}

func (n number) append(b []byte) []byte {
	for zeros := n.digits() - countDigits(n.value()); zeros > 0; zeros-- {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, n.value(), 10)
}

// runs yields the first and the last of each run of neighbours among the
// numbers, which are in ascending order. A run is what a range can say: one
// that begins padded keeps its length, as 08-11; another takes in no padded
// number, as 9-10.
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

// follower returns the number after n in a range whose width is given: of a
// padded one with width digits, that is none beyond 99.
func successor(n number, width int) number {
	next := numberOf(n.value()+1, width)
	if width > 1 && next.digits() != width {
		return 0
	}
	return next
}

// appendRuns writes the numbers as they stand in a bracket: 1-3,7.
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
