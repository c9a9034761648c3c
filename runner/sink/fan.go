package sink

import (
	"errors"
	"io"
	"slices"

	"clsh/runner/event"
)

// fan hands each event to every sink, in order. One that has failed is left
// out from then on; the others still get everything: a reader that goes away
// does not cut the record of the run short.
type fan struct {
	sinks  []event.Sink
	failed []bool
	// closers are closed after the sinks.
	closers []io.Closer
}

// Event returns the errors of this event only.
func (f *fan) Event(e event.Event) error {
	var errs []error
	for i, s := range f.sinks {
		if f.failed[i] {
			continue
		}
		if err := s.Event(e); err != nil {
			f.failed[i] = true
			errs = append(errs, err)
		}
	}
	return join(errs)
}

// Close closes every sink, also those that have failed, and gives back what
// they held. What a failed one says at its end is not told again.
func (f *fan) Close(sum *event.Summary) error {
	var errs []error
	for i, s := range f.sinks {
		if err := s.Close(sum); err != nil && !f.failed[i] {
			errs = append(errs, err)
		}
	}
	for _, c := range f.closers {
		errs = append(errs, c.Close())
	}
	return join(errs)
}

// join is errors.Join that leaves a single error as it is.
func join(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
