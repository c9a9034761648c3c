package hosts

import (
	"encoding/binary"
	"slices"
)

// Folding names with several varying columns means covering points with few products. A product has
// one set of numbers for each column and means all combinations. Finding the fewest products
// is NP-hard. The merger merges products that differ in one column only, column by column, until no
// two such products are left. Each pass groups the products by their other columns, which takes
// linear time instead of a look at every pair. The result depends on the order of the columns, so
// several orders are tried and the shortest text wins.

const (
	// maxOrders is how many orders of columns are tried.
	maxOrders = 6
	// expensiveRows is the number of rows above which only two orders are tried.
	expensiveRows = 1 << 15
	// maxRounds is how often merge goes through all columns.
	maxRounds = 16
)

// product holds, for each varying column, the index of a set in merger.sets.
type product []int32

// merger covers the rows of one shape with products.
type merger struct {
	// sets holds each set of numbers once, in ascending order. index finds a set by its bytes.
	sets  [][]number
	index map[string]int32
	key   []byte // reused by intern
}

// foldProducts returns the LIST of a shape with several varying columns.
func (s *shape) foldProducts(varying []int) string {
	var best []byte
	for _, order := range orders(len(varying), len(s.rows)/s.columns) {
		m := &merger{index: make(map[string]int32)}
		products := m.merge(m.products(s, varying), order)
		text := s.appendProducts(nil, m, products, varying)
		if best == nil || len(text) < len(best) {
			best = text
		}
	}
	return string(best)
}

// appendProducts appends the products, separated by commas.
func (s *shape) appendProducts(text []byte, m *merger, products []product, varying []int) []byte {
	numbers := s.firstRow()
	for i, p := range products {
		if i > 0 {
			text = append(text, ',')
		}
		for j, column := range varying {
			numbers[column] = m.sets[p[j]]
		}
		text = s.appendName(text, numbers)
	}
	return text
}

// orders returns the orders in which to merge the columns, the last column first. It returns all
// orders of up to three columns, else rotations.
func orders(columns, rows int) [][]int {
	first := make([]int, columns)
	for i := range first {
		first[i] = columns - 1 - i
	}
	if columns <= 3 && rows <= expensiveRows {
		return permutations(first)
	}
	n := min(columns, maxOrders)
	if rows > expensiveRows {
		n = 2
	}
	all := make([][]int, n)
	for i := range all {
		all[i] = slices.Concat(first[i:], first[:i])
	}
	return all
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

// products returns one product for each row, in order.
func (m *merger) products(s *shape, varying []int) []product {
	n := len(s.rows) / s.columns
	arena := make([]int32, 0, n*len(varying))
	single := make(map[number]int32)
	products := make([]product, n)
	for row := range products {
		start := len(arena)
		for _, column := range varying {
			at := row*s.columns + column
			id, ok := single[s.rows[at]]
			if !ok {
				id = m.intern(s.rows[at : at+1 : at+1])
				single[s.rows[at]] = id
			}
			arena = append(arena, id)
		}
		products[row] = arena[start:len(arena):len(arena)]
	}
	return products
}

// intern returns the index of a set of ascending numbers.
func (m *merger) intern(numbers []number) int32 {
	m.key = m.key[:0]
	for _, n := range numbers {
		m.key = binary.NativeEndian.AppendUint64(m.key, uint64(n))
	}
	id, ok := m.index[string(m.key)]
	if !ok {
		id = int32(len(m.sets))
		m.index[string(m.key)] = id
		m.sets = append(m.sets, numbers)
	}
	return id
}

// merge goes through the columns in order, again and again, until a whole round merges nothing or
// maxRounds is reached. Each round takes linear time, so all of them do.
func (m *merger) merge(products []product, order []int) []product {
	unchanged := 0 // consecutive columns that merged nothing, including the last one that did
	for i := 0; unchanged < len(order) && i < maxRounds*len(order); i++ {
		before := len(products)
		products = m.mergeColumn(products, order[i%len(order)])
		unchanged++
		if len(products) < before {
			unchanged = 1
		}
	}
	return products
}

// mergeColumn merges the products that differ in column c only. Each result takes the position of
// the first product in it.
func (m *merger) mergeColumn(products []product, c int) []product {
	groups := groupIgnoring(products, c)
	merged := make([]product, len(groups))
	for i, group := range groups {
		merged[i] = group[0]
		if len(group) == 1 {
			continue
		}
		var numbers []number
		for _, p := range group {
			numbers = append(numbers, m.sets[p[c]]...)
		}
		if !slices.IsSorted(numbers) {
			slices.Sort(numbers)
		}
		merged[i] = slices.Clone(group[0])
		merged[i][c] = m.intern(slices.Compact(numbers))
	}
	return merged
}

// groupIgnoring groups the products that are equal except in column c, in the order of the first
// product of each group. It takes linear time: column by column, each distinct pair of a group so
// far and a set becomes a new group.
func groupIgnoring(products []product, c int) [][]product {
	group := make([]int32, len(products)) // of each product
	count := 1
	for column := range products[0] {
		if column == c {
			continue
		}
		pairs := make(map[[2]int32]int32, count)
		for i, p := range products {
			pair := [2]int32{group[i], p[column]}
			id, ok := pairs[pair]
			if !ok {
				id = int32(len(pairs))
				pairs[pair] = id
			}
			group[i] = id
		}
		count = len(pairs)
	}
	// A counting sort by group.
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
