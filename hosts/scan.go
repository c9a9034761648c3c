package hosts

import "strings"

// operand is one member of a LIST: a name, a folded name, a pattern or a group.
type operand struct {
	op     byte // the operator before the operand; ',' for the first one
	text   string
	offset int // of text in the LIST
	// afterBlank is set if only white space separates the operand from the one before it.
	afterBlank bool
}

const operators = ",!&^"

func isOperator(c byte) bool { return strings.IndexByte(operators, c) >= 0 }

func isBlank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// scan splits a LIST at its operators and at white space, which means the same as a comma, but not
// inside brackets. A blank LIST has no operands.
func scan(text string) ([]operand, *offsetError) {
	operands := make([]operand, 0, 1+strings.Count(text, ","))
	next := operand{op: ','}
	i := skipBlanks(text, 0)
	for i < len(text) {
		end, bad := scanOperand(text, i)
		if bad != nil {
			return nil, bad
		}
		if end == i {
			bad := errorAt(i, "nothing before '%c'", text[i])
			if i == 0 && text[i] == '^' {
				return nil, bad.withHint("pdsh's ^FILE is --hostfile FILE")
			}
			return nil, bad
		}
		next.text, next.offset = text[i:end], i
		operands = append(operands, next)
		i = skipBlanks(text, end)
		if i == len(text) {
			break
		}
		next = operand{op: ',', afterBlank: true}
		if isOperator(text[i]) {
			next = operand{op: text[i]}
			after := skipBlanks(text, i+1)
			if after == len(text) {
				return nil, errorAt(i, "nothing after '%c'", text[i])
			}
			i = after
		}
	}
	return operands, nil
}

// scanOperand returns the end of the operand that begins at i.
func scanOperand(text string, i int) (int, *offsetError) {
	open, closed := -1, -1
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == '[' && open >= 0:
			return 0, errorAt(i, "bracket within brackets")
		case c == '[' && closed == i-1 && closed >= 0:
			return 0, errorAt(i, "nothing between two brackets")
		case c == '[':
			open = i
		case c == ']' && open < 0:
			return 0, errorAt(i, "bracket closed but not opened")
		case c == ']':
			open, closed = -1, i
		case open < 0 && (isOperator(c) || isBlank(c)):
			return i, nil
		}
	}
	if open >= 0 {
		return 0, errorAt(open, "bracket not closed")
	}
	return i, nil
}

func skipBlanks(text string, i int) int {
	for i < len(text) && isBlank(text[i]) {
		i++
	}
	return i
}
