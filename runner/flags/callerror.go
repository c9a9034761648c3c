package flags

// A callError says what is wrong with a call, and what to do instead.
type callError struct{ problem, hint string }

func (e *callError) Error() string {
	if e.hint == "" {
		return e.problem
	}
	return e.problem + "\nhint: " + e.hint
}

// wrongCall returns the error for a wrong call; without a hint, hint is empty.
func wrongCall(problem, hint string) error { return &callError{problem, hint} }
