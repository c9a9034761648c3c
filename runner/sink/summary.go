package sink

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"clsh/runner"
)

// summary tells at the end how the hosts fared, a line for each kind of
// outcome:
//
//	ok: node[1-3,5-8] (7)
//	exit 3: node[4,9] (2)
//	time: median 0.041s, slowest 1.2s (node4)
type summary struct {
	names   []string
	fold    func([]string) string
	place   *place
	always  bool // not only when a host failed
	results []*runner.Result
}

// Event keeps a host's result.
func (s *summary) Event(e runner.Event) error {
	if e.Kind == runner.Ended {
		r := *e.Result
		s.results[e.Host] = &r
	}
	return nil
}

// Close prints the summary.
func (s *summary) Close(sum *runner.Summary) error {
	if sum == nil || !s.always && sum.OK == sum.Hosts {
		return nil
	}
	var b strings.Builder
	for _, g := range s.groups() {
		fmt.Fprintf(&b, "%s: %s\n", g.kind, count(s.fold, g.names))
	}
	s.times(&b)
	for host, r := range s.results {
		if r != nil && r.NewKey != "" {
			fmt.Fprintf(&b, "new host key: %s: %s\n", s.names[host], r.NewKey)
		}
	}
	return s.place.write([]byte(b.String()))
}

// outcomeGroup is a line of the summary.
type outcomeGroup struct {
	kind  string
	order [3]int // outcome, code, 1 when the end is not confirmed
	names []string
}

// groups puts hosts together that ended in the same way, in the order of the
// outcomes and of their codes.
func (s *summary) groups() []*outcomeGroup {
	byOrder := map[[3]int]*outcomeGroup{}
	var groups []*outcomeGroup
	for host, r := range s.results {
		if r == nil {
			continue
		}
		order := [3]int{int(r.Outcome)}
		switch r.Outcome {
		case runner.Exited, runner.Signaled:
			order[1] = r.Code
		case runner.Stopped, runner.Timeout:
			if !r.Confirmed {
				order[2] = 1
			}
		}
		g := byOrder[order]
		if g == nil {
			g = &outcomeGroup{kind: outcomeKind(r), order: order}
			byOrder[order] = g
			groups = append(groups, g)
		}
		g.names = append(g.names, s.names[host])
	}
	slices.SortFunc(groups, func(a, b *outcomeGroup) int { return slices.Compare(a.order[:], b.order[:]) })
	return groups
}

// outcomeKind is how the summary calls the end that r tells of.
func outcomeKind(r *runner.Result) string {
	unconfirmed := ""
	if !r.Confirmed {
		unconfirmed = ", end not confirmed"
	}
	switch r.Outcome {
	case runner.Exited:
		if r.Code == 0 {
			return "ok"
		}
		return fmt.Sprintf("exit %d", r.Code)
	case runner.Signaled:
		if name := unix.SignalName(r.Signal); name != "" {
			return name
		}
		return fmt.Sprintf("signal %d", int(r.Signal))
	case runner.Timeout:
		return "timeout" + unconfirmed
	case runner.Stopped:
		return "stopped" + unconfirmed
	case runner.NotStarted:
		return "not started"
	}
	return r.Outcome.String()
}

// times writes the median and the slowest of the hosts whose command ended.
func (s *summary) times(b *strings.Builder) {
	var hosts []int
	for host, r := range s.results {
		if r != nil && ran(r) {
			hosts = append(hosts, host)
		}
	}
	if len(hosts) == 0 {
		return
	}
	slices.SortStableFunc(hosts, func(x, y int) int {
		return cmp.Compare(s.results[x].Duration, s.results[y].Duration)
	})
	// Of an even number the lower one of the middle: a time that a host had.
	median, slowest := hosts[(len(hosts)-1)/2], hosts[len(hosts)-1]
	fmt.Fprintf(b, "time: median %s, slowest %s (%s)\n",
		seconds(s.results[median].Duration), seconds(s.results[slowest].Duration), s.names[slowest])
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

// count writes names folded, and how many they are where they are several.
func count(fold func([]string) string, names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s (%d)", fold(names), len(names))
}
