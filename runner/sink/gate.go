package sink

import (
	"bytes"

	"clsh/runner/event"
)

// gateOutput shows what the gate of a rollout prints, a line at a time:
//
//	gate: waiting for 3 backends
type gateOutput struct {
	target *target
	rest   []byte // a line that has not ended
	begun  bool   // a part of that line was shown, for it was too long to keep
}

// gateLabel begins each line.
const gateLabel = "gate: "

// longestGateLine is how much of a line without an end is kept, in bytes.
const longestGateLine = 64 << 10

// Event shows whole lines, and the last one when the gate has ended.
func (g *gateOutput) Event(e event.Event) error {
	switch {
	case e.Kind == event.GateOutput:
		g.rest = append(g.rest, e.Data...)
		end := bytes.LastIndexByte(g.rest, '\n') + 1
		g.show(g.rest[:end])
		g.rest = append(g.rest[:0], g.rest[end:]...)
		if len(g.rest) >= longestGateLine {
			g.show(g.rest)
			g.rest, g.begun = g.rest[:0], true
		}
		return g.target.flush()
	case e.Kind == event.Waiting && e.Batch.Waits == 0 && (len(g.rest) > 0 || g.begun):
		g.show(append(g.rest, '\n'))
		g.rest = g.rest[:0]
		return g.target.flush()
	}
	return nil
}

// show adds text to what is written next, each line under the label.
func (g *gateOutput) show(text []byte) {
	for line := range bytes.Lines(text) {
		if !g.begun {
			g.target.buf = append(g.target.buf, gateLabel...)
		}
		g.target.add(line)
		g.begun = false
	}
}

// Close has nothing to do.
func (g *gateOutput) Close(*event.Summary) error { return nil }
