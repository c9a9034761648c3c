package event

// A Copied says what a copy has changed on a host. The zero value: nothing was copied in this run.
// Its text is the record's, and the summary's.
type Copied string

// What a copy changes.
const (
	Changed    Copied = "copied"    // what was sent is in place
	Unchanged  Copied = "unchanged" // everything was there already
	Differs    Copied = "differs"   // something would change: nothing was
	CopyFailed Copied = "failed"    // under the final names is what was there, or, of some files, what was sent
)

// Done reports whether the copy did what it was to do.
func (c Copied) Done() bool { return c == Changed || c == Unchanged || c == Differs }
