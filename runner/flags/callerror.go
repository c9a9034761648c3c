package flags

import "errors"

// wrongCall returns the error for a wrong call: what is wrong, and what to do instead. Without a hint,
// hint is empty.
func wrongCall(problem, hint string) error {
	if hint != "" {
		problem += "\nhint: " + hint
	}
	return errors.New(problem)
}
