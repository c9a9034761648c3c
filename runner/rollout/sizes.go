package rollout

import (
	"errors"
	"fmt"
	"strings"
)

// Sizes are those of a rollout's groups. The last one is repeated. The zero value is one group
// of all hosts.
type Sizes struct{ list []amount }

// ParseSizes reads SIZE[,SIZE...], where SIZE is N or P% of all hosts.
func ParseSizes(text string) (Sizes, error) {
	if text == "" {
		return Sizes{}, errors.New("no size is given")
	}
	var s Sizes
	for word := range strings.SplitSeq(text, ",") {
		if word == "" {
			return Sizes{}, errors.New("a size is missing beside a comma")
		}
		size, err := parseAmount(word)
		switch {
		case err != nil:
			return Sizes{}, err
		case size.n == 0:
			return Sizes{}, fmt.Errorf("a group of %s has no hosts", word)
		}
		s.list = append(s.list, size)
	}
	return s, nil
}

// Plan returns the sizes of the groups of so many hosts, in order. Each is at least 1, and they
// add up to hosts. A share is of all hosts, rounded up.
func (s Sizes) Plan(hosts int) []int {
	if len(s.list) == 0 && hosts > 0 {
		return []int{hosts}
	}
	var plan []int
	for left := hosts; left > 0; {
		a := s.list[min(len(plan), len(s.list)-1)]
		size := a.of(hosts)
		if a.percent && a.n*hosts%100 > 0 {
			size++
		}
		size = min(size, left)
		plan = append(plan, size)
		left -= size
	}
	return plan
}

// String returns the sizes as ParseSizes reads them.
func (s Sizes) String() string {
	var words []string
	for _, size := range s.list {
		words = append(words, size.String())
	}
	return strings.Join(words, ",")
}
