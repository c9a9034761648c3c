package rollout

import (
	"errors"
	"fmt"
)

// A Budget is the number of hosts that may fail. The zero value is 0 of them.
type Budget struct{ allowed amount }

// ParseBudget reads N or P% of all hosts.
func ParseBudget(text string) (Budget, error) {
	if text == "" {
		return Budget{}, errors.New("no number is given")
	}
	a, err := parseAmount(text)
	return Budget{a}, err
}

// Allowed returns how many of so many hosts may fail. A share is rounded down.
func (b Budget) Allowed(hosts int) int { return b.allowed.of(hosts) }

// Spent reports whether more hosts have failed than are allowed.
func Spent(failed, allowed int) bool { return failed > allowed }

// String returns the budget as ParseBudget reads it.
func (b Budget) String() string { return b.allowed.String() }

// Describe returns the budget for so many hosts: "2", or "10% (5 of 50 hosts)".
func (b Budget) Describe(hosts int) string {
	if !b.allowed.percent {
		return b.String()
	}
	return fmt.Sprintf("%s (%d of %d hosts)", b, b.Allowed(hosts), hosts)
}
