package sink

import (
	"fmt"
	"time"

	"clsh/runner/event"
)

// progress keeps the status line: how many hosts have ended, run, failed, were
// lost, and for how long the run has gone on. It is first drawn at a Tick, so
// a run that is over in no time shows none.
type progress struct {
	console                      *console
	hosts                        int
	ended, started, failed, lost int
	running                      []bool
	begin                        time.Time
}

// Event counts, and draws at each Tick.
func (p *progress) Event(e event.Event) error {
	if p.begin.IsZero() {
		p.begin = e.Time
	}
	switch e.Kind {
	case event.Started:
		p.running[e.Host] = true
		p.started++
	case event.Ended:
		p.count(e)
	case event.Tick:
		if err := p.console.show(p.line(e.Time)); err != nil {
			return writeError("standard error", err)
		}
	}
	return nil
}

func (p *progress) count(e event.Event) {
	p.ended++
	if p.running[e.Host] {
		p.running[e.Host] = false
		p.started--
	}
	switch {
	case e.Result.IsLost():
		p.lost++
	case e.Result.Code != 0:
		p.failed++
	}
}

// line is the status line, ASCII only, so that its length is its width.
func (p *progress) line(now time.Time) string {
	elapsed := max(now.Sub(p.begin), 0).Truncate(time.Second)
	return fmt.Sprintf("%d/%d done, %d running, %d failed, %d lost, %s", p.ended, p.hosts, p.started, p.failed, p.lost, elapsed)
}

// Close takes the line away for good.
func (p *progress) Close(*event.Summary) error {
	p.console.status = ""
	if err := p.console.hide(); err != nil {
		return writeError("standard error", err)
	}
	return nil
}
