package flags

import (
	"strings"
)

// A Habit is an option that another tool has and this one has not: what it becomes here, or the
// answer to it.
type Habit struct {
	// Spellings are the options as they are typed, separated by blanks: "-n --nostdin".
	Spellings  string
	TakesValue bool
	// Becomes are the words that replace it, separated by blanks; %s is its value. If it is empty
	// and there is no Problem, the option has no effect.
	Becomes string
	// Last puts the words behind all other options, which they override.
	Last bool
	// Problem and Hint answer it. Nothing runs.
	Problem, Hint string
	// Values replaces the above for values that begin with KEY, of KEY or KEY=VALUE. Its rows have
	// a KEY for Spellings, the last one * for all others; %s is what follows KEY=, and for * the
	// whole value.
	Values []Habit
}

// spellings returns the options as they are typed.
func (h *Habit) spellings() []string { return strings.Fields(h.Spellings) }

// words returns what the option, typed as spelled, becomes.
func (h *Habit) words(spelled, value string) (words []string, last bool, err error) {
	if len(h.Values) > 0 {
		return h.forValue(value).words(spelled+" "+value, valueOf(h.forValue(value), value))
	}
	switch {
	case h.Problem != "":
		return nil, false, wrongCall(spelled+": "+h.Problem, h.Hint)
	case strings.Contains(h.Becomes, "%s") && value == "":
		return nil, false, wrongCall(spelled+": missing value", "")
	}
	for _, word := range strings.Fields(h.Becomes) {
		words = append(words, strings.ReplaceAll(word, "%s", value))
	}
	return words, h.Last, nil
}

// forValue returns the row for a value.
func (h *Habit) forValue(value string) *Habit {
	key, _, _ := strings.Cut(value, "=")
	for i := range h.Values {
		for _, k := range h.Values[i].spellings() {
			if k == key || k == "*" {
				return &h.Values[i]
			}
		}
	}
	return &Habit{}
}

// valueOf returns what %s means in a row of Values.
func valueOf(row *Habit, value string) string {
	if row.Spellings == "*" {
		return value
	}
	_, after, _ := strings.Cut(value, "=")
	return after
}
