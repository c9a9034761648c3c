package hosts

import (
	"encoding/binary"
	"slices"
)

// Folding in several dimensions is covering points with few products; a product is a
// product of one set of numbers for each column. To find the fewest is
// NP-hard. Here products that differ in one column alone are united, column by
// column, until none are left that do: each pass groups the products by their
// other columns, which takes linear time and not a look at every pair. Which
// column comes first matters, so orders are tried, and the shortest text wins.

// maxOrders bounds the trials; with more columns only rotations are tried.
const maxOrders = 6

// expensiveRows is how many rows make a trial dear: beyond it, there are two.
const expensiveRows = 1 << 15

// maxRounds bounds how often merge goes through all columns.
const maxRounds = 16

// product is a product of sets: one for each column that varies, by the number
// that the set has in the merger.
type product []int32

// merger covers the rows of one shape.
type merger struct {
	// sets holds each set of numbers once, ascending; known finds it by its
	// bytes.
	sets  [][]number
	known map[string]int32
	key   []byte
}

// foldProducts returns the LIST of a shape in which the columns vary.
func (s *shape) foldProducts(varying []int) string {
	var best []byte
	for _, order := range orders(varying, len(s.rows)/s.columns) {
		b := &merger{known: make(map[string]int32)}
		products := b.singletons(s, varying)
		products = b.merge(products, order)
		text := s.appendProducts(nil, b, products, varying)
		if best == nil || len(text) < len(best) {
			best = text
		}
	}
	return string(best)
}

// appendProducts writes the products, separated by commas.
func (s *shape) appendProducts(text []byte, b *merger, products []product, varying []int) []byte {
	vector := s.firstRow()
	for i, x := range products {
		if i > 0 {
			text = append(text, ',')
		}
		for j, column := range varying {
			vector[column] = b.sets[x[j]]
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
	if len(varying) > 3 || rows > expensiveRows {
		var all [][]int
		for i := range min(len(first), maxOrders) {
			if rows > expensiveRows && i == 2 {
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

// points returns a product for each row, in order.
func (b *merger) singletons(s *shape, varying []int) []product {
	n := len(s.rows) / s.columns
	arena := make([]int32, 0, n*len(varying))
	single := make(map[number]int32)
	products := make([]product, n)
	for row := range products {
		start := len(arena)
		for _, column := range varying {
			at := row*s.columns + column
			id, known := single[s.rows[at]]
			if !known {
				id = b.intern(s.rows[at : at+1 : at+1])
				single[s.rows[at]] = id
			}
			arena = append(arena, id)
		}
		products[row] = arena[start:len(arena):len(arena)]
	}
	return products
}

// intern returns the number of the set, which is ascending.
func (b *merger) intern(numbers []number) int32 {
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

// merge goes through the columns in order, again and again, until a whole
// round has united nothing, or enough rounds have been made: each is linear,
// and all of them together are to be as well.
func (b *merger) merge(products []product, order []int) []product {
	idle := 0
	for i := 0; idle < len(order) && i < maxRounds*len(order); i++ {
		before := len(products)
		products = b.mergeColumn(products, order[i%len(order)])
		idle++
		if len(products) < before {
			idle = 1
		}
	}
	return products
}

// mergeColumn unites the products that differ in column c alone. Each takes the
// place of the first in it.
func (b *merger) mergeColumn(products []product, c int) []product {
	groups := b.groupIgnoring(products, c)
	left := make([]product, len(groups))
	for i, group := range groups {
		left[i] = group[0]
		if len(group) == 1 {
			continue
		}
		var numbers []number
		for _, x := range group {
			numbers = append(numbers, b.sets[x[c]]...)
		}
		if !slices.IsSorted(numbers) {
			slices.Sort(numbers)
		}
		left[i] = slices.Clone(group[0])
		left[i][c] = b.intern(slices.Compact(numbers))
	}
	return left
}

// groupIgnoring puts together the products that are equal but for column c, in order
// of the first of each. It takes linear time: each distinct pair of a group
// so far and a set in the next column gets a number, which is a group then.
func (b *merger) groupIgnoring(products []product, c int) [][]product {
	group := make([]int32, len(products))
	count := 1
	for column := range products[0] {
		if column == c {
			continue
		}
		pairs := make(map[[2]int32]int32, count)
		for i, x := range products {
			pair := [2]int32{group[i], x[column]}
			id, known := pairs[pair]
			if !known {
				id = int32(len(pairs))
				pairs[pair] = id
			}
			group[i] = id
		}
		count = len(pairs)
	}
	ends := make([]int, count)
	for _, id := range group {
		ends[id]++
	}
	start := 0
	for id, size := range ends {
		ends[id], start = start, start+size
	}
	sorted := make([]product, len(products))
	for i, id := range group {
		sorted[ends[id]] = products[i]
		ends[id]++
	}
	groups := make([][]product, count)
	start = 0
	for id, end := range ends {
		groups[id], start = sorted[start:end], end
	}
	return groups
}
