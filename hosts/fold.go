package hosts

import (
	"slices"
	"strings"
)

// Fold returns one LIST that stands for names, which are names of a List:
// Expand gives the same names back, each once. What differs only in numbers
// comes together, in the place of the first of them, its numbers ascending;
// otherwise order is kept. No names make an empty text.
//
// Steps are not used, as nodeset does not by default: pdsh could not read
// them.
func Fold(names []string) string {
	groups := newFolder().group(names)
	parts := make([]string, 0, len(groups))
	for _, g := range groups {
		parts = append(parts, g.fold())
	}
	return strings.Join(parts, ",")
}

// numberMark stands in a shape for a number. It is in no name: it is not
// UTF-8.
const numberMark = '\xff'

// shape is the names that differ in nothing but their numbers. A name like
// db has no number, and its shape one row.
type shape struct {
	// key is the name with a numberMark for each number; literals is the
	// text between them: one more than columns.
	key      string
	literals []string
	columns  int
	// rows holds the numbers of one name behind those of the other.
	rows []number
}

// folder takes names apart.
type folder struct {
	shapes map[string]*shape
	all    []*shape
	key    []byte
	row    []number
}

func newFolder() *folder { return &folder{shapes: make(map[string]*shape)} }

// group returns the shapes of names, in the order in which they come.
func (f *folder) group(names []string) []*shape {
	var s *shape
	for _, name := range names {
		f.split(name)
		if s == nil || string(f.key) != s.key {
			s = f.shape()
		}
		s.rows = append(s.rows, f.row...)
	}
	return f.all
}

// shape returns the shape that the key and the row are of.
func (f *folder) shape() *shape {
	s, known := f.shapes[string(f.key)]
	if !known {
		key := string(f.key)
		s = &shape{key: key, literals: strings.Split(key, string([]byte{numberMark})), columns: len(f.row)}
		f.shapes[key] = s
		f.all = append(f.all, s)
	}
	return s
}

// split sets key and row to the shape and the numbers of name. A number that
// is too long to count with is part of the shape, and so is the whole of a
// name with an address in brackets: brackets within brackets say nothing.
func (f *folder) split(name string) {
	f.key, f.row = f.key[:0], f.row[:0]
	if strings.IndexByte(name, '[') >= 0 {
		f.key = append(f.key, name...)
		return
	}
	for i := 0; i < len(name); {
		if !isDigit(name[i]) {
			f.key = append(f.key, name[i])
			i++
			continue
		}
		end := i + 1
		for end < len(name) && isDigit(name[end]) {
			end++
		}
		if end-i > maxDigits {
			f.key = append(f.key, name[i:end]...)
		} else {
			f.key = append(f.key, numberMark)
			f.row = append(f.row, parseNumber(name[i:end]))
		}
		i = end
	}
}

// fold returns the LIST of one shape.
func (s *shape) fold() string {
	varying := s.varying()
	switch len(varying) {
	case 0:
		return string(s.appendName(nil, s.firstRow()))
	case 1:
		vector := s.firstRow()
		numbers := s.column(varying[0])
		if !slices.IsSorted(numbers) {
			slices.Sort(numbers)
		}
		vector[varying[0]] = slices.Compact(numbers)
		return string(s.appendName(nil, vector))
	}
	return s.foldProducts(varying)
}

// column returns the numbers of one column. The rows are not used again.
func (s *shape) column(c int) []number {
	if s.columns == 1 {
		return s.rows
	}
	numbers := make([]number, 0, len(s.rows)/s.columns)
	for i := c; i < len(s.rows); i += s.columns {
		numbers = append(numbers, s.rows[i])
	}
	return numbers
}

// varying returns the columns in which rows differ.
func (s *shape) varying() []int {
	var columns []int
	for c := range s.columns {
		for i := c + s.columns; i < len(s.rows); i += s.columns {
			if s.rows[i] != s.rows[c] {
				columns = append(columns, c)
				break
			}
		}
	}
	return columns
}

// fixed returns the numbers of the first row.
func (s *shape) firstRow() [][]number {
	vector := make([][]number, s.columns)
	for c := range vector {
		vector[c] = s.rows[c : c+1]
	}
	return vector
}

// appendName writes the name that has the numbers of vector, folded.
func (s *shape) appendName(b []byte, vector [][]number) []byte {
	for c, numbers := range vector {
		b = append(b, s.literals[c]...)
		if len(numbers) == 1 {
			b = numbers[0].append(b)
			continue
		}
		b = append(b, '[')
		b = appendRuns(b, numbers)
		b = append(b, ']')
	}
	return append(b, s.literals[len(s.literals)-1]...)
}
