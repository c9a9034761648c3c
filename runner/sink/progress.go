package sink

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clsh/runner/event"
	"clsh/runner/sink/terminal"
)

// namedHosts is of how many hosts that have not ended the status line has the names.
const namedHosts = 3

// progress keeps the status line: how many hosts have ended, connect, run, failed and
// were lost, for how long the run has gone on, and which hosts are the last ones. It
// is first drawn at a Tick, so a run that is over in no time shows none.
type progress struct {
	console *terminal.Console
	ansi    terminal.Palette
	names   []string
	ranks   []int
	phase   []event.Kind // the last of Connecting, Started and Ended; 0: none yet
	count   map[event.Kind]int

	ok, failed, lost int
	begin, now       time.Time

	moved   func() (done, asked int64) // Config.Moved
	movedTo func(host int) (done, asked int64)

	batch event.Batch // of a rollout; Number is 0 where there is none
}

func newProgress(c *Config, console *terminal.Console, ansi terminal.Palette) *progress {
	return &progress{
		console: console, ansi: ansi, names: c.Names, ranks: c.ranks(), moved: c.Moved, movedTo: c.MovedTo,
		phase: make([]event.Kind, len(c.Names)), count: map[event.Kind]int{},
	}
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
		case e.Result.Outcome == event.Exited:
			p.ok++
		}
	case event.BatchStarted, event.Waiting:
		p.batch = *e.Batch
		if p.batch.Waits == event.ForAnswer {
			return p.drop() // the question takes its place
		}
	case event.Tick, event.Show: // the states agree with the line
		p.now = e.Time
		if p.batch.Waits == event.ForAnswer {
			return nil
		}
		parts := p.parts()
		if err := p.console.SetStatus(func(columns int) string { return fit(parts, columns, p.ansi) }); err != nil {
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
	if p.batch.Of > 1 {
		parts = append(parts, part{before: ", ", text: fmt.Sprintf("batch %d of %d", p.batch.Number, p.batch.Of), weight: 8})
	}
	if n := p.count[event.Connecting]; n > 0 {
		parts = append(parts, counted(n, "connecting", "", 5))
	}
	elapsed := max(p.now.Sub(p.begin), 0).Truncate(time.Second)
	parts = append(parts, part{before: ", ", text: p.doing(), weight: 8})
	if p.moved != nil {
		done, asked := p.moved()
		parts = append(parts, part{before: ", ", text: bytesMoved(done, asked, p.now.Sub(p.begin)), weight: 8})
	}
	if p.batch.Number > 0 {
		parts = append(parts, counted(p.ok, "ok", "", 3))
	}
	parts = append(parts, counted(p.failed, "failed", p.ansi.Red, 7), counted(p.lost, "lost", p.ansi.Yellow, 6))
	if p.batch.Number > 0 && p.batch.MaxFail != event.NoLimit {
		left := max(p.batch.MaxFail-p.failed-p.lost, 0)
		parts = append(parts, part{before: ", ", text: fmt.Sprintf("%d more may fail", left), weight: 5})
	}
	parts = append(parts, part{before: ", ", text: elapsed.String(), weight: 4})
	names := p.last()
	if names == nil && p.movedTo != nil {
		names = p.slowest()
	}
	for i, name := range names {
		parts = append(parts, part{before: ", ", text: name, weight: namedHosts - i, name: true})
	}
	return parts
}

// bytesMoved says how much of a copy was sent, and how fast: "12.5 of 64.0 MiB, 3.1 MiB/s".
func bytesMoved(done, asked int64, elapsed time.Duration) string {
	const mib = 1 << 20
	return fmt.Sprintf("%.1f of %.1f MiB, %.1f MiB/s", float64(done)/mib, float64(asked)/mib, float64(done)/mib/max(elapsed.Seconds(), 0.2))
}

// doing says how many hosts run, or what the run waits for between two groups.
func (p *progress) doing() string {
	switch p.batch.Waits {
	case event.ForGate:
		return "gate running"
	case event.ForPause:
		return fmt.Sprintf("pause, %s left", max(p.batch.Until.Sub(p.now), 0).Round(time.Second))
	}
	return fmt.Sprintf("%d running", p.count[event.Started])
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
		if !plain(name) {
			return nil
		}
		names = append(names, name)
	}
	return names
}

// slowest returns the names of the hosts to which the smallest part of a copy has been sent, and how
// much that is: "slowest n7 12%".
func (p *progress) slowest() (names []string) {
	type share struct {
		host, percent int
	}
	var shares []share
	for _, host := range p.ranks {
		if done, asked := p.movedTo(host); p.phase[host] == event.Started && done < asked {
			shares = append(shares, share{host, int(100 * done / asked)})
		}
	}
	slices.SortStableFunc(shares, func(a, b share) int { return a.percent - b.percent })
	for _, s := range shares[:min(len(shares), namedHosts)] {
		name := p.names[s.host]
		if !plain(name) {
			return nil
		}
		names = append(names, fmt.Sprintf("%s %d%%", name, s.percent))
	}
	if len(names) > 0 {
		names[0] = "slowest " + names[0]
	}
	return names
}

// plain reports whether the width of a name is known.
func plain(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// fit returns the line of those parts that fit into the columns, the heaviest first.
func fit(parts []part, columns int, ansi terminal.Palette) string {
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
		b.WriteString(part.before + ansi.Paint(part.sgr, part.text))
	}
	return b.String()
}

// Close takes the line away for good.
func (p *progress) Close(*event.Summary) error { return p.drop() }

// drop takes the line away until it is shown again.
func (p *progress) drop() error {
	if err := p.console.ClearStatus(); err != nil {
		return writeError("standard error", err)
	}
	return nil
}
