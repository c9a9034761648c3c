package combine

import (
	"fmt"
	"strconv"
	"strings"
)

// A Vote is what a place says about a service.
type Vote uint8

// The votes.
const (
	NoVote Vote = iota // the place is lost, or has not seen enough yet
	Up
	Down
)

// PlaceRules are how many checks in a row make a place change its vote: Rise good ones to Up, Fall bad
// ones to Down.
type PlaceRules struct{ Rise, Fall int }

// A Place is what one place has seen. It is a value; the zero value has no vote. A place that is lost
// becomes that again: what it said before is no vote about now.
type Place struct {
	Vote   Vote
	toward Vote // which other vote its last checks speak for
	streak int  // how many of them in a row
}

// Observe returns the place after a check there.
func (p Place) Observe(r PlaceRules, good bool) Place {
	seen, need := Down, r.Fall
	if good {
		seen, need = Up, r.Rise
	}
	if seen == p.Vote {
		return Place{Vote: p.Vote}
	}
	if seen != p.toward {
		p.toward, p.streak = seen, 0
	}
	if p.streak++; p.streak >= need {
		return Place{Vote: seen}
	}
	return p
}

// A Share is a part of a whole that is large enough.
type Share struct {
	n       int
	percent bool // of the whole
	more    bool // than n, and not n itself
}

// of reports whether part is large enough a part of whole.
func (s Share) of(part, whole int) bool {
	n := s.n
	if s.percent {
		part, n = part*100, s.n*whole
	}
	return part > n || !s.more && part == n
}

// ParseQuorum reads which part of the voters must vote Up for the service to be good: >18% or >=50%.
// There are no plain numbers, which would mean another part of fewer voters.
func ParseQuorum(text string) (Share, error) {
	s := Share{percent: true}
	rest, ok := strings.CutPrefix(text, ">=")
	if !ok {
		rest, s.more = strings.CutPrefix(text, ">")
	}
	rest, isPercent := strings.CutSuffix(rest, "%")
	n, err := strconv.Atoi(rest)
	least, most := 1, 100
	if s.more {
		least, most = 0, 99
	}
	if s.n = n; err != nil || !isPercent || !ok && !s.more || n < least || n > most {
		return s, fmt.Errorf("%q is no part of the voters\nhint: \">18%%\" or \">=50%%\"", text)
	}
	return s, nil
}

// ParseVoters reads how many of the places must vote: 2 or 50%.
func ParseVoters(text string, places int) (Share, error) {
	rest, percent := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(rest)
	most := places
	if percent {
		most = 100
	}
	if err != nil || n < 1 || n > most {
		return Share{}, fmt.Errorf("%q of %d places\nhint: 1 to %[2]d, or 1%% to 100%%", text, places)
	}
	return Share{n: n, percent: percent}, nil
}

// Tally returns what the votes of all places mean, how many of them voted, and how many of these Up.
// Where fewer vote than voters asks for, nothing is known: a monitor that is cut off is not a service
// that is down.
func Tally(votes []Vote, quorum, voters Share) (state State, voted, up int) {
	for _, v := range votes {
		if v != NoVote {
			voted++
		}
		if v == Up {
			up++
		}
	}
	switch {
	case voted == 0 || !voters.of(voted, len(votes)):
		return Unknown, voted, up
	case quorum.of(up, voted):
		return Good, voted, up
	}
	return Failing, voted, up
}
