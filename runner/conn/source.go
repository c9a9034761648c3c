package conn

// A source is where the input of a command comes from: the same for every host (Input), or a host's
// own (Feed).
type source interface {
	// feed writes the input to e, framed unless that is raw, until its end or until e wants no more.
	// It reports whether it was written whole. After an error the last frame is not.
	feed(e *Stdin) (whole bool, err error)
	// leave makes feed return that waits for more on behalf of e.
	leave(e *Stdin)
}
