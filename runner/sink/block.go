package sink

import (
	"clsh/runner/event"
	"clsh/runner/spool"
)

// block shows a host's whole output when it has ended, after one label: the
// original's way. A host with output on both streams has a block on each.
type block struct {
	targets [3]*target // by runner.Stream; nil: that stream is not shown here
	pool    *spool.Pool
	hosts   []blockState
}

// blockState is what block knows of one host.
type blockState struct {
	text   [3]*spool.Spool // by runner.Stream
	spoken bool
}

func newBlock(hosts int, p *spool.Pool, out, err *target) *block {
	return &block{targets: [3]*target{event.Stdout: out, event.Stderr: err}, pool: p, hosts: make([]blockState, hosts)}
}

// Event keeps output, and shows it at the host's end.
func (b *block) Event(e event.Event) error {
	switch e.Kind {
	case event.Output:
		state := &b.hosts[e.Host]
		state.spoken = true
		if b.targets[e.Stream] == nil {
			return nil
		}
		if state.text[e.Stream] == nil {
			state.text[e.Stream] = b.pool.New()
		}
		return state.text[e.Stream].Append(e.Data)
	case event.Ended:
		return b.ended(e)
	}
	return nil
}

func (b *block) ended(e event.Event) error {
	state := &b.hosts[e.Host]
	for stream, s := range state.text {
		if s == nil {
			continue
		}
		if err := b.targets[stream].spool(e.Host, s); err != nil {
			return err
		}
		s.Reset()
		state.text[stream] = nil
	}
	if out := b.targets[event.Stdout]; out != nil && !state.spoken && isSilent(e.Result) {
		return out.silent(e.Host)
	}
	return nil
}

// Close has nothing to do: every host has had its Ended.
func (b *block) Close(*event.Summary) error { return nil }
