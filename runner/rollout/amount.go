package rollout

import (
	"fmt"
	"strconv"
	"strings"
)

// An amount is a number of hosts, or a share of all of them in percent.
type amount struct {
	n       int
	percent bool
}

// parseAmount reads N or P%.
func parseAmount(text string) (amount, error) {
	digits, percent := strings.CutSuffix(text, "%")
	what := "a number of hosts"
	if percent {
		what = "a whole number of percent"
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return amount{}, fmt.Errorf("%q is neither a number of hosts nor a share such as 25%%", text)
	}
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil:
		return amount{}, fmt.Errorf("%q is too large for %s", text, what)
	case percent && n > 100:
		return amount{}, fmt.Errorf("%s is more than all hosts", text)
	}
	return amount{n, percent}, nil
}

// of returns the amount of so many hosts, a share without its fraction.
func (a amount) of(hosts int) int {
	if a.percent {
		return a.n * hosts / 100
	}
	return a.n
}

func (a amount) String() string {
	if a.percent {
		return strconv.Itoa(a.n) + "%"
	}
	return strconv.Itoa(a.n)
}
