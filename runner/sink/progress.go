package sink

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clsh/runner/event"
)

// namedHosts is of how many hosts that have not ended the status line has the names.
const namedHosts = 3

// progress keeps the status line: how many hosts have ended, connect, run, failed and
// were lost, for how long the run has gone on, and which hosts are the last ones. It
// is first drawn at a Tick, so a run that is over in no time shows none.
type progress struct {
	console *Console
	ansi    palette
	names   []string
	ranks   []int
	phase   []event.Kind // the last of Connecting, Started and Ended; 0: none yet
	count   map[event.Kind]int

	failed, lost int
	begin, now   time.Time
}

func newProgress(c *Console, ansi palette, names []string, ranks []int) *progress {
	p := &progress{console: c, ansi: ansi, names: names, ranks: ranks, phase: make([]event.Kind, len(names)), count: map[event.Kind]int{}}
	if ranks == nil {
		p.ranks = (&Config{Names: names}).ranks()
	}
	return p
}

// Event counts, and draws at each Tick.
func (p *progress) Event(e event.Event) error {
	if p.begin.IsZero() {
		p.begin = e.Time
	}
	switch e.Kind {
	case event.Connecting, event.Started:
		p.enter(e.Host, e.Kind)
	case event.Ended:
		p.enter(e.Host, e.Kind)
		switch {
		case e.Result.IsLost():
			p.lost++
		case e.Result.Code != 0:
			p.failed++
		}
	case event.Tick, event.Show: // the states agree with the line
		p.now = e.Time
		parts := p.parts()
		if err := p.console.show(func(columns int) string { return p.ansi.line(parts, columns) }); err != nil {
			return writeError("standard error", err)
		}
	}
	return nil
}

// enter moves a host to its next phase.
func (p *progress) enter(host int, phase event.Kind) {
	p.count[p.phase[host]]--
	p.phase[host] = phase
	p.count[phase]++
}

// A part of the status line. Where the terminal is narrow, those of less weight are
// left out.
type part struct {
	before, text, sgr string
	weight            int
	name              bool // the first name that is shown has a colon before it
}

// parts returns the parts of the line. They are ASCII, so that their length is their
// width.
func (p *progress) parts() []part {
	// what is 0 is the first to go
	counted := func(n int, what, sgr string, weight int) part {
		if n == 0 {
			sgr, weight = "", 0
		}
		return part{before: ", ", text: fmt.Sprintf("%d %s", n, what), sgr: sgr, weight: weight}
	}
	parts := []part{{text: fmt.Sprintf("%d/%d done", p.count[event.Ended], len(p.ranks)), weight: 9}}
	if n := p.count[event.Connecting]; n > 0 {
		parts = append(parts, counted(n, "connecting", "", 5))
	}
	elapsed := max(p.now.Sub(p.begin), 0).Truncate(time.Second)
	parts = append(parts,
		part{before: ", ", text: fmt.Sprintf("%d running", p.count[event.Started]), weight: 8},
		counted(p.failed, "failed", p.ansi.red, 7), counted(p.lost, "lost", p.ansi.yellow, 6),
		part{before: ", ", text: elapsed.String(), weight: 4})
	for i, name := range p.last() {
		parts = append(parts, part{before: ", ", text: name, weight: namedHosts - i, name: true})
	}
	return parts
}

// last returns the names of the hosts that have not ended, if they are few.
func (p *progress) last() []string {
	if len(p.ranks)-p.count[event.Ended] > namedHosts {
		return nil
	}
	var names []string
	for _, host := range p.ranks {
		if p.phase[host] == event.Ended {
			continue
		}
		name := p.names[host]
		if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return nil // its width is not known
		}
		names = append(names, name)
	}
	return names
}

// line returns what fits into so many columns of a line of parts, the heaviest first.
func (p palette) line(parts []part, columns int) string {
	order := slices.Clone(parts)
	slices.SortStableFunc(order, func(a, b part) int { return b.weight - a.weight })
	fits := map[part]bool{}
	for i, part := range order {
		if width := len(part.before) + len(part.text); width <= columns {
			fits[part] = true
			columns -= width
		} else if i == 0 {
			return part.text[:columns]
		}
	}
	var b strings.Builder
	beforeName := ": "
	for _, part := range parts {
		if !fits[part] {
			continue
		}
		if part.name {
			part.before, beforeName = beforeName, part.before
		}
		b.WriteString(part.before + p.paint(part.sgr, part.text))
	}
	return b.String()
}

// Close takes the line away for good.
func (p *progress) Close(*event.Summary) error {
	if err := p.console.drop(); err != nil {
		return writeError("standard error", err)
	}
	return nil
}
