package hosts

import (
	"slices"
	"strings"
)

// Fold returns one LIST for names, which are names of a List; Expand returns the same names, each
// once. Names that differ only in numbers are combined, at the position of the first of them and
// with ascending numbers; otherwise Fold keeps the order. For no names it returns "".
//
// Like nodeset by default, Fold writes no steps, because pdsh cannot read them.
func Fold(names []string) string {
	var list strings.Builder
	f := folder{index: map[string]*shape{}}
	for i, s := range f.shapesOf(names) {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(s.fold())
	}
	return list.String()
}

// numberMark replaces a number in the key of a shape. It is not UTF-8, so no name has it.
const numberMark = '\xff'

// shape is the names that differ only in their numbers. A name without numbers has a shape with one
// row per occurrence and no columns.
type shape struct {
	key      string   // a name with numberMark for each number
	literals []string // the text around the numbers: one more than columns
	columns  int
	rows     []number // the numbers of all names, row by row
}

// folder sorts names into shapes.
type folder struct {
	index  map[string]*shape // by key
	shapes []*shape
	// key and row describe the current name, see split.
	key []byte
	row []number
}

// shapesOf returns the shapes of names, in the order of the first name of each.
func (f *folder) shapesOf(names []string) []*shape {
	var s *shape
	for _, name := range names {
		f.split(name)
		if s == nil || string(f.key) != s.key {
			s = f.shape()
		}
		s.rows = append(s.rows, f.row...)
	}
	return f.shapes
}

// shape returns the shape of the current name.
func (f *folder) shape() *shape {
	s, ok := f.index[string(f.key)]
	if !ok {
		key := string(f.key)
		s = &shape{key: key, literals: strings.Split(key, string([]byte{numberMark})), columns: len(f.row)}
		f.index[key] = s
		f.shapes = append(f.shapes, s)
	}
	return s
}

// split sets key and row to the shape and the numbers of name. A number of more than maxDigits is
// part of the key. So is all of a name with brackets, which hold an address: brackets cannot nest.
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

// fold returns the LIST of one shape. It may reorder the rows.
func (s *shape) fold() string {
	varying := s.varying()
	if len(varying) > 1 {
		return s.foldProducts(varying)
	}
	numbers := s.firstRow()
	if len(varying) == 1 {
		column := s.column(varying[0])
		if !slices.IsSorted(column) {
			slices.Sort(column)
		}
		numbers[varying[0]] = slices.Compact(column)
	}
	return string(s.appendName(nil, numbers))
}

// column returns the numbers of one column. They may share memory with the rows.
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

// varying returns the columns in which the rows differ.
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

// firstRow returns, for each column, a set with the number of the first row.
func (s *shape) firstRow() [][]number {
	sets := make([][]number, s.columns)
	for c := range sets {
		sets[c] = s.rows[c : c+1]
	}
	return sets
}

// appendName appends the folded name that has the numbers of sets in its columns.
func (s *shape) appendName(b []byte, sets [][]number) []byte {
	for c, numbers := range sets {
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
