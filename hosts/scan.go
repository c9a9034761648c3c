package hosts

import "strings"

// operand is one member of a LIST: a name, a folded name, a pattern or a
// group, and the operator before it (',' for the first).
type operand struct {
	op     byte
	text   string
	offset int // of text in the LIST
	// blank tells that nothing but white space stands before it.
	blank bool
}

const operators = ",!&^"

func isOperator(c byte) bool { return strings.IndexByte(operators, c) >= 0 }

func isBlank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// scan cuts a LIST at its operators, and at white space, which joins as a
// comma does; not within brackets. A LIST of white space alone has no
// operands.
func scan(text string) ([]operand, *offsetError) {
	all := make([]operand, 0, 1+strings.Count(text, ","))
	next := operand{op: ','}
	i := skipBlanks(text, 0)
	for i < len(text) {
		end, bad := scanOperand(text, i)
		if bad != nil {
			return nil, bad
		}
		if end == i {
			problem := "nothing before this " + quote(text[i])
			if i == 0 && text[i] == '^' {
				problem += " (pdsh's ^FILE is --hostfile FILE here)"
			}
			return nil, &offsetError{i, problem}
		}
		next.text, next.offset = text[i:end], i
		all = append(all, next)
		i = skipBlanks(text, end)
		if i == len(text) {
			break
		}
		next = operand{op: ',', blank: true}
		if isOperator(text[i]) {
			next = operand{op: text[i]}
			after := skipBlanks(text, i+1)
			if after == len(text) {
				return nil, &offsetError{i, "nothing after this " + quote(text[i])}
			}
			i = after
		}
	}
	return all, nil
}

// scanOperand returns where the operand that begins at i ends.
func scanOperand(text string, i int) (int, *offsetError) {
	open, closed := -1, -1
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == '[' && open >= 0:
			return 0, &offsetError{i, "a bracket within a bracket"}
		case c == '[' && closed == i-1 && closed >= 0:
			return 0, &offsetError{i, "two brackets with nothing between them"}
		case c == '[':
			open = i
		case c == ']' && open < 0:
			return 0, &offsetError{i, "this bracket was not opened"}
		case c == ']':
			open, closed = -1, i
		case open < 0 && (isOperator(c) || isBlank(c)):
			return i, nil
		}
	}
	if open >= 0 {
		return 0, &offsetError{open, "this bracket is not closed"}
	}
	return i, nil
}

func skipBlanks(text string, i int) int {
	for i < len(text) && isBlank(text[i]) {
		i++
	}
	return i
}

func quote(c byte) string { return "'" + string(rune(c)) + "'" }
