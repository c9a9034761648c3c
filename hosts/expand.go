package hosts

import (
	"errors"
	"strings"
)

// Expand returns the hosts that a LIST stands for, in the order given, each
// once. It knows no groups and no names that a pattern could match: both are
// errors here. An error about the text is a *syntaxError; a LIST without a
// name in it is an empty List.
func Expand(list string) (List, error) {
	e := evaluator{}
	return e.list("", list)
}

// evaluator works out LISTs. Its budget is for all of them together.
type evaluator struct {
	work budget
	// group returns the hosts of a group, pattern those that match; nil
	// where there are none to be had. What they return is not changed.
	group   func(source, name string) ([]Host, error)
	pattern func(pattern string) ([]Host, error)
	// source is where a group without one is looked up.
	source string
}

// list returns the hosts of the LIST text that was found at where.
func (e *evaluator) list(where, text string) ([]Host, error) {
	operands, bad := scan(text)
	if bad != nil {
		return nil, newSyntaxError(where, text, 0, bad)
	}
	return e.operands(where, text, operands)
}

func (e *evaluator) operands(where, text string, operands []operand) ([]Host, error) {
	var s set
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

// apply does to s what the operand o, one of so many, asks for.
func (e *evaluator) apply(s *set, where, text string, o operand, many int) error {
	if o.op == ',' && isPlain(o.text) && len(o.text) <= maxName {
		s.addOne(Host{Name: o.text, Addr: o.text}, many)
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

// operand returns what one operand stands for; the caller's to keep.
func (e *evaluator) operand(where, text string, o operand) ([]Host, error) {
	var found []Host
	var err error
	switch {
	case o.text[0] == '@':
		found, err = e.groups(where, text, o)
	case strings.ContainsAny(o.text, "*?"):
		found, err = e.patterns(where, text, o)
	default:
		var bad *offsetError
		if found, bad = e.hosts(o.text); bad != nil {
			err = newSyntaxError(where, text, o.offset, bad)
		}
		return found, err
	}
	if err != nil {
		return nil, err
	}
	if bad := e.work.spend(uint64(len(found)), 0); bad != nil {
		return nil, newSyntaxError(where, text, o.offset, bad)
	}
	return found, nil
}

// unfold reads a folded name and accounts for the names it stands for.
func (e *evaluator) unfold(text string) (*template, *offsetError) {
	t, bad := parseTemplate(text, &e.work)
	if bad != nil {
		return nil, bad
	}
	n := t.count()
	if n > maxHosts {
		return nil, tooMany(n, 0)
	}
	if length := t.length(); length > maxName {
		return nil, tooLong(length)
	}
	return t, e.work.spend(n, 0)
}

// hosts returns the hosts of an operand that is neither group nor pattern.
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
			if h, bad = parseHost(name); bad != nil && len(t.dimensions) > 0 {
				bad = &offsetError{0, name + ": " + bad.problem}
			}
			if bad != nil {
				return nil, bad
			}
		}
		all = append(all, h)
	}
	return all, nil
}

// checkLiterals looks for characters that no name takes, so that the error
// has their place: in the names the brackets are gone.
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
				return &offsetError{i, problem}
			}
		}
	}
	return nil
}

// place makes the error that shows where in text, from offset on, bad lies.
func newSyntaxError(where, text string, offset int, bad *offsetError) error {
	return &syntaxError{Where: where, Text: text, Offset: offset + bad.offset, Problem: bad.problem}
}

// inPlace gives a *offsetError its place; another error has one.
func addPosition(where, text string, offset int, err error) error {
	if bad, ok := errors.AsType[*offsetError](err); ok {
		return newSyntaxError(where, text, offset, bad)
	}
	return err
}
