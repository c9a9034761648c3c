package rollout

import "strings"

// An Answer is what the user says between two groups.
type Answer uint8

// The answers. Unclear is none of them: the question is asked again.
const (
	Unclear   Answer = iota
	Continue         // run the next group
	Stop             // start nothing further
	All              // run all groups, and ask no more
	ShowHosts        // print the next group's hosts, and ask again
)

// ParseAnswer reads a line. A beginning of an answer's name will do. An empty line is unclear:
// Return is also the key that prints the states.
func ParseAnswer(line string) Answer {
	word := strings.ToLower(strings.TrimSpace(line))
	if word == "" {
		return Unclear
	}
	for _, a := range []struct {
		name   string
		answer Answer
	}{{"continue", Continue}, {"stop", Stop}, {"all", All}, {"hosts", ShowHosts}, {"yes", Continue}, {"no", Stop}} {
		if strings.HasPrefix(a.name, word) {
			return a.answer
		}
	}
	return Unclear
}
