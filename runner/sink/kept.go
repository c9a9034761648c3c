package sink

import "clsh/runner/event"

// kept hands events to the record that is kept of the run. An error of that is reported once, and
// ends the record but not the run.
type kept struct {
	next   event.Sink
	target *target
	quiet  bool // without the report
	failed bool
}

// Event keeps an event.
func (k *kept) Event(e event.Event) error {
	if k.failed || e.Kind == event.Tick || e.Kind == event.Show {
		return nil
	}
	return k.report(k.next.Event(e))
}

// Close ends the record; without a summary if it has failed.
func (k *kept) Close(sum *event.Summary) error {
	if k.failed {
		_ = k.next.Close(nil) // the first error was reported
		return nil
	}
	return k.report(k.next.Close(sum))
}

func (k *kept) report(err error) error {
	if err == nil {
		return nil
	}
	k.failed = true
	if k.quiet {
		return nil
	}
	return k.target.print("Note: no whole record of this run: " + err.Error() + "\n")
}
