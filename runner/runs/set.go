package runs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"clsh/runner/event"
	"clsh/runner/nearest"
	"clsh/runner/record"
)

// A Set selects hosts of a run by what became of them: SET of --rerun. A host that is in any of its
// members is in it.
type Set []member

// A member selects a host.
type member func(h record.HostState) bool

// names returns the words that a Set can have, beside exit statuses.
func names() map[string]member {
	outcome := func(o event.Outcome) member {
		return func(h record.HostState) bool { return h.Result != nil && h.Result.Outcome == o }
	}
	return map[string]member{
		"all":         func(record.HostState) bool { return true },
		"ok":          isOK,
		"rest":        func(h record.HostState) bool { return !isOK(h) },
		"failed":      func(h record.HostState) bool { return h.Result != nil && h.Result.Failed() },
		"unreachable": outcome(event.Unreachable),
		"lost":        outcome(event.Lost),
		"timeout":     outcome(event.Timeout),
		"stopped":     outcome(event.Stopped),
		"started":     started,
		"unfinished":  func(h record.HostState) bool { return h.Result == nil && h.Started },
		"not_started": func(h record.HostState) bool {
			return h.Result == nil && !h.Started || h.Result != nil && h.Result.Outcome == event.NotStarted
		},
	}
}

func isOK(h record.HostState) bool {
	return h.Result != nil && h.Result.Outcome == event.Exited && h.Result.Code == 0
}

// started reports whether the command may have run. A host that was handed the command but whose
// shell never began it is unreachable.
func started(h record.HostState) bool {
	return h.Started && (h.Result == nil || h.Result.Outcome != event.Unreachable)
}

// exited returns the member for an exit status of the command, as shells report it.
func exited(status int) member {
	return func(h record.HostState) bool {
		return h.Result != nil && (h.Result.Outcome == event.Exited || h.Result.Outcome == event.Signaled) && h.Result.Code == status
	}
}

// SetNames returns the words of a Set in alphabetical order.
func SetNames() []string {
	return slices.Sorted(maps.Keys(names()))
}

// ParseSet reads a Set: words and exit statuses, separated by commas.
func ParseSet(text string) (Set, error) {
	var s Set
	known := names()
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if m := known[word]; m != nil {
			s = append(s, m)
			continue
		}
		status, err := strconv.ParseUint(word, 10, 8)
		if err == nil {
			s = append(s, exited(int(status)))
			continue
		}
		if word == "" {
			return nil, fmt.Errorf("empty set of hosts\nhint: %s, or an exit status", strings.Join(SetNames(), ", "))
		}
		if like := nearest.Name(word, SetNames()); like != "" {
			return nil, fmt.Errorf("%q is not a set of hosts\nhint: did you mean %s?", word, like)
		}
		return nil, fmt.Errorf("%q is not a set of hosts\nhint: %s, or an exit status", word, strings.Join(SetNames(), ", "))
	}
	return s, nil
}

// Select returns the hosts that are in s, in their order.
func (s Set) Select(states []record.HostState) []record.HostState {
	var selected []record.HostState
	for _, h := range states {
		if slices.ContainsFunc(s, func(m member) bool { return m(h) }) {
			selected = append(selected, h)
		}
	}
	return selected
}

// MayHaveRun returns the hosts on which nobody knows how far the command came: it was stopped or
// killed there, the connection was lost, or clsh was killed.
func MayHaveRun(states []record.HostState) []string {
	var list []string
	for _, h := range states {
		unknown := h.Result == nil || slices.Contains([]event.Outcome{event.Stopped, event.Lost, event.Timeout}, h.Result.Outcome)
		if unknown && h.Started {
			list = append(list, h.Name)
		}
	}
	return list
}
