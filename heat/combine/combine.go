// Package combine decides what checks mean for each other. It is pure: what it knows is handed in.
//
// A check may need others. While one of these fails, the check says nothing about its own service: it
// is held, and so is what needs it in turn. A failure counts only when everything that the check
// needs has been found good after it: so nobody repairs for somebody else's fault, however the checks
// are spread over the interval.
//
// testdata/switch.pml is a model of the switch and the quorum; scripts/model checks it with spin.
package combine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// State is what is known of a check.
type State uint8

// The states.
const (
	Unknown State = iota // it has not run yet, or its result says nothing
	Good
	Failing // its last check failed, or its state is not ok
)

// Validate returns an error for a need that there is not, and for checks that need each other.
func Validate(needs map[string][]string) error {
	done := map[string]bool{}
	var visit func(name string, path []string) error
	visit = func(name string, path []string) error {
		begun := slices.Index(path, name)
		path = append(slices.Clip(path), name)
		switch {
		case begun >= 0:
			return fmt.Errorf("checks need each other: %s", strings.Join(path[begun:], " needs "))
		case done[name]:
			return nil
		}
		for _, need := range needs[name] {
			if _, ok := needs[need]; !ok {
				return fmt.Errorf("check.%s: needs %q, which is no check of this file", name, need)
			}
			if err := visit(need, path); err != nil {
				return err
			}
		}
		done[name] = true
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		if err := visit(name, nil); err != nil {
			return err
		}
	}
	return nil
}

// Reaches reports whether name needs other, or something that does. The checks must be valid.
func Reaches(name, other string, needs map[string][]string) bool {
	return slices.ContainsFunc(needs[name], func(need string) bool { return need == other || Reaches(need, other, needs) })
}

// A Check is what is known of one.
type Check struct {
	Needs []string
	State State
	Begun time.Time // the last check of it whose state is known
}

// HeldBy returns the check that holds name: one that fails among those that it needs, or that these
// need. It returns "" if there is none. The checks must be valid.
func HeldBy(name string, get func(string) Check) string {
	for _, need := range get(name).Needs {
		if by := HeldBy(need, get); by != "" {
			return by
		}
		if get(need).State == Failing {
			return need
		}
	}
	return ""
}

// Blame says whether a failure of name counts that ended at an instant. It returns the check that is
// at fault, or those whose word is to be waited for; with neither, the failure is name's own.
func Blame(name string, ended time.Time, get func(string) Check) (by string, wait []string) {
	if by := HeldBy(name, get); by != "" {
		return by, nil
	}
	for _, need := range get(name).Needs {
		switch c := get(need); {
		case c.Begun.Before(ended):
			wait = append(wait, need)
		case c.State != Good:
			return need, nil
		}
	}
	return "", wait
}
