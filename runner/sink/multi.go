package sink

import (
	"errors"
	"io"
	"slices"

	"clsh/runner/event"
)

// A multi passes each event to every sink, in order. It skips a sink that has failed; the
// others still get everything, so that a reader that goes away does not cut the record of the
// run short.
type multi struct {
	sinks  []event.Sink
	failed []bool
	// closers are closed after the sinks.
	closers []io.Closer
}

// Event returns the errors of this event only.
func (m *multi) Event(e event.Event) error {
	var errs []error
	for i, s := range m.sinks {
		if m.failed[i] {
			continue
		}
		if err := s.Event(e); err != nil {
			m.failed[i] = true
			errs = append(errs, err)
		}
	}
	return join(errs)
}

// Close closes every sink, also those that have failed, and then the closers. It does not
// report a failed sink's error again.
func (m *multi) Close(sum *event.Summary) error {
	var errs []error
	for i, s := range m.sinks {
		if err := s.Close(sum); err != nil && !m.failed[i] {
			errs = append(errs, err)
		}
	}
	for _, c := range m.closers {
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
