package sink

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"clsh/runner/event"
	"clsh/runner/sink/terminal"
)

// report prints the state of the hosts, a line for each kind of outcome: at the end (the
// summary), and whenever the user asks.
//
//	new host keys: node[1-3] (3)
//	ok: node[1-3,5-8] (7)
//	exit 3: node[4,9] (2)
//	time: median 0.041s, slowest 1.24s (node4)
//
// Of a rollout that stopped early, it begins with the reason and ends with the command that goes
// on with the rest:
//
//	note: stopped after batch 2 of 5: 3 failed, --max-fail 2
//	…
//	rerun: clsh --rerun rest@kvpt
type report struct {
	*Config
	ansi    terminal.Palette
	target  *target
	phase   []event.Kind // the last of Connecting and Started; 0: none yet
	results []*event.Result
}

// newReport returns a report for the hosts and colours of c.
func newReport(c *Config) *report {
	return &report{
		Config: c, ansi: c.palette(c.StderrTerminal),
		phase: make([]event.Kind, len(c.Names)), results: make([]*event.Result, len(c.Names)),
	}
}

// Failures returns the lines that a summary has for hosts that were not ok, and for those that a copy
// went to or came from: lines, each with a newline. results has the hosts' ends by rank.
func (c Config) Failures(results map[int]*event.Result) string {
	c.defaults()
	r := newReport(&c)
	for rank, result := range results {
		if result.Outcome != event.Exited || result.Code != 0 || result.Copied != "" {
			r.results[rank] = result
		}
	}
	var b strings.Builder
	r.outcomes(&b)
	return b.String()
}

// Event keeps what becomes of each host, and answers Show.
func (r *report) Event(e event.Event) error {
	switch e.Kind {
	case event.Connecting, event.Started:
		r.phase[e.Host] = e.Kind
	case event.Ended:
		result := *e.Result
		r.results[e.Host] = &result
	case event.Show:
		return r.states()
	}
	return nil
}

// states prints how each host fares now.
func (r *report) states() error {
	const waiting = event.Kind(0)
	names := map[event.Kind][]string{}
	for _, host := range r.ranks() {
		if r.results[host] == nil {
			names[r.phase[host]] = append(names[r.phase[host]], r.Names[host])
		}
	}
	var b strings.Builder
	for _, state := range []struct {
		phase event.Kind
		name  string
	}{{waiting, "waiting"}, {event.Connecting, "connecting"}, {event.Started, "running"}} {
		if list := names[state.phase]; len(list) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", state.name, count(r.Fold, list))
		}
	}
	r.outcomes(&b)
	return r.target.print(b.String())
}

// Close prints the summary.
func (r *report) Close(sum *event.Summary) error {
	if sum == nil {
		return nil
	}
	var b strings.Builder
	stopped := sum.Stop.By != ""
	if stopped && !r.Quiet {
		fmt.Fprintf(&b, "note: %s\n", sum.Stop.Note)
	}
	if when := r.summaryWhen(); when == Always || when == Auto && (sum.OK < sum.Hosts || r.copied()) {
		r.newKeys(&b)
		r.leftRunning(&b)
		r.outcomes(&b)
		r.digests(&b)
		r.times(&b)
		if stopped && r.RunID != "" && sum.OK < sum.Hosts {
			fmt.Fprintf(&b, "rerun: clsh --rerun rest@%s\n", r.RunID)
		}
	}
	return r.target.print(b.String())
}

// copied reports whether the run was a copy: what it has changed is in the summary only.
func (r *report) copied() bool {
	return slices.ContainsFunc(r.results, func(result *event.Result) bool { return result != nil && result.Copied != "" })
}

// mostDigests is how many digests the summary has; the record has all.
const mostDigests = 8

// digests writes the SHA-256 of what was copied, those of most hosts first: without the hosts where
// they all have the same.
func (r *report) digests(b *strings.Builder) {
	names := map[string][]string{}
	var digests []string // as the hosts come
	for host, result := range r.results {
		if result == nil || result.Digest == "" {
			continue
		}
		if names[result.Digest] == nil {
			digests = append(digests, result.Digest)
		}
		names[result.Digest] = append(names[result.Digest], r.Names[host])
	}
	switch {
	case len(digests) == 1:
		fmt.Fprintf(b, "sha256: %s\n", digests[0])
		return
	case len(digests) > mostDigests:
		fmt.Fprintf(b, "sha256: %d different\n", len(digests))
		return
	}
	slices.SortStableFunc(digests, func(x, y string) int { return len(names[y]) - len(names[x]) })
	for _, digest := range digests {
		fmt.Fprintf(b, "sha256: %s %s\n", digest, count(r.Fold, names[digest]))
	}
}

// newKeys writes which hosts have a key that ssh did not know before.
func (r *report) newKeys(b *strings.Builder) {
	var names []string
	for host, result := range r.results {
		if result != nil && result.NewKey != "" {
			names = append(names, r.Names[host])
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(b, "new host keys: %s\n", count(r.Fold, names))
	}
}

// outcomes writes a line for each kind of outcome there has been.
func (r *report) outcomes(b *strings.Builder) {
	for _, g := range r.groups() {
		fmt.Fprintf(b, "%s %s\n", r.ansi.Paint(r.ansi.Outcome(g.first), g.kind+":"), count(r.Fold, g.names))
	}
}

// leftRunning writes a line for each host where a stop has left processes that it
// could name.
func (r *report) leftRunning(b *strings.Builder) {
	for host, result := range r.results {
		if result != nil && len(result.LeftRunning) > 0 {
			fmt.Fprintf(b, "left running: %s: %s\n", r.Names[host], strings.Join(result.LeftRunning, ", "))
		}
	}
}

// outcomeGroup is a line of the summary.
type outcomeGroup struct {
	kind  string
	first *event.Result
	order [4]int // outcome, code, 1 when the end is not confirmed, 1 when a copy has changed nothing
	names []string
}

// groups puts hosts together that ended in the same way, in the order of the
// outcomes and of their codes.
func (r *report) groups() []*outcomeGroup {
	byOrder := map[[4]int]*outcomeGroup{}
	var groups []*outcomeGroup
	for host, result := range r.results {
		if result == nil {
			continue
		}
		order := [4]int{int(result.Outcome)}
		switch result.Outcome {
		case event.Exited, event.Signaled:
			order[1] = result.Code
			if result.Code == 0 && result.Copied == event.Unchanged {
				order[3] = 1
			}
		case event.Stopped, event.Timeout:
			if !result.Confirmed {
				order[2] = 1
			}
		}
		g := byOrder[order]
		if g == nil {
			g = &outcomeGroup{kind: result.Kind(), first: result, order: order}
			if order[2] == 1 {
				g.kind += ", end not confirmed"
			}
			byOrder[order] = g
			groups = append(groups, g)
		}
		g.names = append(g.names, r.Names[host])
	}
	slices.SortFunc(groups, func(a, b *outcomeGroup) int { return slices.Compare(a.order[:], b.order[:]) })
	return groups
}

// times writes the median and the slowest of the hosts whose command ended.
func (r *report) times(b *strings.Builder) {
	var hosts []int
	for host, result := range r.results {
		if result != nil && ran(result) {
			hosts = append(hosts, host)
		}
	}
	if len(hosts) == 0 {
		return
	}
	slices.SortStableFunc(hosts, func(x, y int) int {
		return cmp.Compare(r.results[x].Duration, r.results[y].Duration)
	})
	// Of an even number the lower one of the middle: a time that a host had.
	median, slowest := hosts[(len(hosts)-1)/2], hosts[len(hosts)-1]
	fmt.Fprintf(b, "time: median %s, slowest %s (%s)\n",
		seconds(r.results[median].Duration), seconds(r.results[slowest].Duration), r.Names[slowest])
}

// seconds writes d with about three digits: 0.041s, 1.24s, 17.3s, 4m05s.
func seconds(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.3fs", d.Seconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
}
