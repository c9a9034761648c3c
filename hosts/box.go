package hosts

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Folding in several dimensions is covering points with few boxes; a box is a
// product of one set of numbers for each column. To find the fewest is
// NP-hard. Here boxes that differ in one column alone are united, column by
// column, until none are left that do: each pass groups the boxes by their
// other columns, which takes a sort and not a look at every pair. Which
// column comes first matters, so orders are tried, and the shortest text wins.

// maxOrders bounds the trials; with more columns only rotations are tried.
const maxOrders = 6

// dearRows is how many rows make a trial dear: beyond it, there are two.
const dearRows = 1 << 15

// box is a product of sets: one for each column that varies, by the number
// that the set has in the boxer.
type box struct {
	sets  []int32
	first int32 // the first row that is in it
}

// boxer covers the rows of one shape.
type boxer struct {
	// sets holds each set of numbers once, ascending; known finds it by its
	// bytes.
	sets  [][]number
	known map[string]int32
	key   []byte
}

// foldBoxes returns the LIST of a shape in which the columns vary.
func (s *shape) foldBoxes(varying []int) string {
	var best []byte
	for _, order := range orders(varying, len(s.rows)/s.columns) {
		b := &boxer{known: make(map[string]int32)}
		boxes := b.points(s, varying)
		boxes = b.unite(boxes, order)
		slices.SortFunc(boxes, func(x, y box) int { return cmp.Compare(x.first, y.first) })
		text := s.appendBoxes(nil, b, boxes, varying)
		if best == nil || len(text) < len(best) {
			best = text
		}
	}
	return string(best)
}

// appendBoxes writes the boxes, separated by commas.
func (s *shape) appendBoxes(text []byte, b *boxer, boxes []box, varying []int) []byte {
	vector := s.fixed()
	for i, x := range boxes {
		if i > 0 {
			text = append(text, ',')
		}
		for j, column := range varying {
			vector[column] = b.sets[x.sets[j]]
		}
		text = s.appendName(text, vector)
	}
	return text
}

// orders returns the orders in which to go through the columns, as places in
// varying.
func orders(varying []int, rows int) [][]int {
	first := make([]int, len(varying))
	for i := range first {
		first[i] = len(varying) - 1 - i
	}
	if len(varying) > 3 || rows > dearRows {
		var all [][]int
		for i := range min(len(first), maxOrders) {
			if rows > dearRows && i == 2 {
				break
			}
			all = append(all, slices.Concat(first[i:], first[:i]))
		}
		return all
	}
	return permutations(first)
}

func permutations(items []int) [][]int {
	if len(items) <= 1 {
		return [][]int{slices.Clone(items)}
	}
	var all [][]int
	for i := range items {
		rest := slices.Concat(items[:i], items[i+1:])
		for _, tail := range permutations(rest) {
			all = append(all, append([]int{items[i]}, tail...))
		}
	}
	return all
}

// points returns a box for each different row.
func (b *boxer) points(s *shape, varying []int) []box {
	n := len(s.rows) / s.columns
	arena := make([]int32, 0, n*len(varying))
	single := make(map[number]int32)
	boxes := make([]box, 0, n)
	for row := range n {
		start := len(arena)
		for _, column := range varying {
			value := s.rows[row*s.columns+column]
			id, known := single[value]
			if !known {
				id = b.intern([]number{value})
				single[value] = id
			}
			arena = append(arena, id)
		}
		boxes = append(boxes, box{arena[start:len(arena):len(arena)], int32(row)})
	}
	slices.SortStableFunc(boxes, func(x, y box) int { return slices.Compare(x.sets, y.sets) })
	return slices.CompactFunc(boxes, func(x, y box) bool { return slices.Equal(x.sets, y.sets) })
}

// intern returns the number of the set, which is ascending.
func (b *boxer) intern(numbers []number) int32 {
	b.key = b.key[:0]
	for _, n := range numbers {
		b.key = binary.NativeEndian.AppendUint64(b.key, uint64(n))
	}
	id, known := b.known[string(b.key)]
	if !known {
		id = int32(len(b.sets))
		b.known[string(b.key)] = id
		b.sets = append(b.sets, numbers)
	}
	return id
}

// unite goes through the columns in order, again and again, until a whole
// round has united nothing.
func (b *boxer) unite(boxes []box, order []int) []box {
	idle := 0
	for i := 0; idle < len(order); i++ {
		before := len(boxes)
		boxes = b.uniteColumn(boxes, order[i%len(order)])
		idle++
		if len(boxes) < before {
			idle = 1
		}
	}
	return boxes
}

// uniteColumn unites the boxes that differ in column c alone.
func (b *boxer) uniteColumn(boxes []box, c int) []box {
	others := func(x, y box) int {
		if d := slices.Compare(x.sets[:c], y.sets[:c]); d != 0 {
			return d
		}
		return slices.Compare(x.sets[c+1:], y.sets[c+1:])
	}
	slices.SortFunc(boxes, func(x, y box) int {
		if d := others(x, y); d != 0 {
			return d
		}
		return cmp.Compare(b.sets[x.sets[c]][0], b.sets[y.sets[c]][0])
	})
	left := boxes[:0]
	for i := 0; i < len(boxes); {
		j := i + 1
		for j < len(boxes) && others(boxes[i], boxes[j]) == 0 {
			j++
		}
		united := boxes[i]
		if j > i+1 {
			var numbers []number
			for _, x := range boxes[i:j] {
				numbers = append(numbers, b.sets[x.sets[c]]...)
				united.first = min(united.first, x.first)
			}
			slices.Sort(numbers)
			united.sets = slices.Clone(united.sets)
			united.sets[c] = b.intern(numbers)
		}
		left = append(left, united)
		i = j
	}
	return left
}
