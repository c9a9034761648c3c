package runs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clsh/hosts"
	"clsh/runner/duration"
)

// A Filter is what the words of --runs ask for: runs that all of them fit.
type Filter []condition

// A condition reports whether a run fits. It may open the record of one whose line in the index is
// cut.
type condition func(s *Store, i Info) bool

// ParseFilter reads words: failed, since=D, @HOST, or text that the command holds. now is what D
// counts back from.
func ParseFilter(words []string, now time.Time) (Filter, error) {
	var filter Filter
	for _, word := range words {
		c, err := parseCondition(word, now)
		if err != nil {
			return nil, err
		}
		filter = append(filter, c)
	}
	return filter, nil
}

func parseCondition(word string, now time.Time) (condition, error) {
	if text, is := strings.CutPrefix(word, "since="); is {
		d, err := duration.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("since=: %w", err)
		}
		return func(_ *Store, i Info) bool { return now.Sub(i.Time) <= d }, nil
	}
	if list, is := strings.CutPrefix(word, "@"); is {
		return hostCondition(list)
	}
	switch {
	case word == "":
		return nil, errors.New("an empty word\nhint: it may be a variable that is not set")
	case strings.HasPrefix(word, "-"):
		return nil, fmt.Errorf("%s: is among the words\nhint: options stand before them: clsh --runs %s", word, word)
	case word == "failed":
		return func(_ *Store, i Info) bool { return i.Failed > 0 || i.State == Unfinished }, nil
	}
	return func(s *Store, i Info) bool {
		return strings.Contains(string(i.Command), word) || i.Cut && strings.Contains(string(s.Whole(i).Command), word)
	}, nil
}

// hostCondition returns the condition that a run had one of the hosts of a LIST.
func hostCondition(list string) (condition, error) {
	wanted, err := hosts.Expand(list)
	if err != nil || len(wanted) == 0 {
		return nil, fmt.Errorf("@%s: not a host or a LIST of hosts", list)
	}
	names := map[string]bool{}
	for _, h := range wanted {
		names[h.Name] = true
	}
	return func(s *Store, i Info) bool {
		had, err := hosts.Expand(s.Whole(i).Hosts)
		if err != nil {
			return false
		}
		for _, h := range had {
			if names[h.Name] || names[h.Addr] {
				return true
			}
		}
		return false
	}, nil
}

// Select returns the runs that fit, in their order.
func (f Filter) Select(s *Store, list []Info) []Info {
	var fit []Info
	for _, info := range list {
		if !slices.ContainsFunc(f, func(fits condition) bool { return !fits(s, info) }) {
			fit = append(fit, info)
		}
	}
	return fit
}
