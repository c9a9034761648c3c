package hosts

import (
	"errors"
	"slices"
	"strings"
)

// Expand returns the hosts of a LIST in the order given, each once; a blank LIST has none. It knows
// no groups and no names that a pattern can match, and refuses both. The error shows the position
// in the LIST, on several lines.
func Expand(list string) (List, error) {
	return new(evaluator).list("", list)
}

// evaluator evaluates LISTs. The budget is for all of them together.
type evaluator struct {
	work budget
	// group returns the hosts of a group, and pattern those that match. Both may be nil. The
	// evaluator does not change what they return.
	group   func(source, name string) ([]Host, error)
	pattern func(pattern string) ([]Host, error)
	// source is the source of groups that name none.
	source string
	// repeat keeps a host that is given several times, where a LIST only joins names.
	repeat bool
}

// enterGroup prepares e for what a group consists of: a set, and in no source until one is found to
// have the group. leave undoes that.
func (e *evaluator) enterGroup() (leave func()) {
	source, repeat := e.source, e.repeat
	e.source, e.repeat = "", false
	return func() { e.source, e.repeat = source, repeat }
}

// list returns the hosts of the LIST text. where says where the text comes from.
func (e *evaluator) list(where, text string) ([]Host, error) {
	operands, bad := scan(text)
	if bad != nil {
		return nil, newSyntaxError(where, text, 0, bad)
	}
	return e.operands(where, text, operands)
}

func (e *evaluator) operands(where, text string, operands []operand) ([]Host, error) {
	if offset, bad := e.foresee(operands); bad != nil {
		return nil, newSyntaxError(where, text, offset, bad)
	}
	s := set{repeat: e.repeat && !slices.ContainsFunc(operands, func(o operand) bool { return o.op != ',' })}
	for _, o := range operands {
		if err := e.apply(&s, where, text, o, len(operands)); err != nil {
			return nil, err
		}
		if s.len() > maxHosts {
			return nil, newSyntaxError(where, text, o.offset, tooMany(uint64(s.len()), 0))
		}
	}
	return s.list(), nil
}

// foresee returns the operand with which the names that are given exceed the budget, before the
// first of them is expanded. What it cannot count is left to whoever expands it.
func (e *evaluator) foresee(operands []operand) (offset int, bad *offsetError) {
	if len(operands) == 1 {
		return 0, nil
	}
	ahead, scratch := e.work, budget{}
	for _, o := range operands {
		if o.text[0] == '@' || strings.IndexByte(o.text, '[') < 0 || strings.ContainsAny(o.text, "*?") {
			continue
		}
		t, bad := parseTemplate(o.text, &scratch)
		if bad != nil {
			return 0, nil
		}
		if n := t.count(); n <= maxHosts {
			if bad := ahead.spend(n, 0); bad != nil {
				return o.offset, bad
			}
		}
	}
	return 0, nil
}

// apply applies the operator and the operand o to s. capacity is the number of operands.
func (e *evaluator) apply(s *set, where, text string, o operand, capacity int) error {
	if o.op == ',' && isPlain(o.text) {
		s.addOne(Host{Name: o.text, Addr: o.text}, capacity)
		return nil
	}
	found, err := e.operand(where, text, o)
	if err != nil {
		return err
	}
	switch o.op {
	case ',':
		s.add(found)
	case '!':
		s.remove(found)
	case '^':
		s.toggle(found)
	case '&':
		if bad := e.work.spend(uint64(s.len()), 0); bad != nil {
			return newSyntaxError(where, text, o.offset, bad)
		}
		s.intersect(found)
	}
	return nil
}

// operand returns the hosts of one operand. The caller owns them.
func (e *evaluator) operand(where, text string, o operand) ([]Host, error) {
	var found []Host
	var err error
	switch {
	case o.text[0] == '@':
		found, err = e.lookUp(o.text, e.groupHosts)
	case strings.ContainsAny(o.text, "*?"):
		found, err = e.lookUp(o.text, e.patternHosts)
	default:
		hosts, bad := e.hosts(o.text)
		if bad != nil {
			return nil, newSyntaxError(where, text, o.offset, bad)
		}
		return hosts, nil
	}
	if bad, ok := errors.AsType[*offsetError](err); ok {
		return nil, newSyntaxError(where, text, o.offset, bad)
	}
	return found, err
}

// unfold parses a folded name, checks the limits, and accounts for the names.
func (e *evaluator) unfold(text string) (*template, *offsetError) {
	t, bad := parseTemplate(text, &e.work)
	if bad != nil {
		return nil, bad
	}
	n := t.count()
	if n > maxHosts {
		return nil, tooMany(n, 0)
	}
	if length := t.maxLength(); length > maxName {
		return nil, tooLong(length)
	}
	return t, e.work.spend(n, 0)
}

// hosts returns the hosts of an operand that is neither a group nor a pattern.
func (e *evaluator) hosts(text string) ([]Host, *offsetError) {
	if strings.IndexByte(text, '[') < 0 {
		h, bad := parseHost(text)
		if bad == nil {
			bad = e.work.spend(1, 0)
		}
		return []Host{h}, bad
	}
	if bad := checkLiterals(text); bad != nil {
		return nil, bad
	}
	t, bad := e.unfold(text)
	if bad != nil {
		return nil, bad
	}
	all := make([]Host, 0, t.count())
	for name := range t.names() {
		h := Host{Name: name, Addr: name}
		if !t.plain {
			if h, bad = parseHost(name); bad != nil {
				if len(t.dimensions) > 0 {
					bad.offset, bad.problem = 0, name+": "+bad.problem
				}
				return nil, bad
			}
		}
		all = append(all, h)
	}
	return all, nil
}

// checkLiterals looks outside the brackets for characters that no name may contain. Only here is
// their offset in the operand known.
func checkLiterals(text string) *offsetError {
	depth := 0
	for i := range text {
		switch c := text[i]; {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case depth > 0 || isPlainByte(c) || c == '%':
		default:
			if problem := forbiddenRune(text[i:]); problem != "" {
				return errorAt(i, "%s", problem)
			}
		}
	}
	return nil
}
