package prompt

import "clsh/runner/event"

// An idleSink gets the events that arrive while no command runs. The engine calls it; it may
// be changed only within shells.Set.Beside.
type idleSink struct {
	sink event.Sink
	over bool // the session has ended: nothing is shown any more
}

// Event passes e on.
func (i *idleSink) Event(e event.Event) error {
	if i.over {
		return nil
	}
	return i.sink.Event(e)
}

// Close closes the sink, if there is one.
func (i *idleSink) Close(sum *event.Summary) error {
	if i.sink == nil {
		return nil
	}
	return i.sink.Close(sum)
}
