package sink

import (
	"fmt"

	"clsh/runner/event"
	"clsh/runner/sink/compare"
)

// rule is the line above and below the hosts in a header, as in clush -b.
const rule = "---------------\n"

// gather shows each distinct output once at the end, under a header with all hosts that
// printed it:
//
//	---------------
//	node[1-2,4] (3)
//	---------------
//	Linux
//
// With asDiff it shows the most common output whole, and how the others differ from it.
type gather struct {
	names  []string
	fold   func([]string) string
	target *target
	// both: standard error too, shown below standard output.
	both bool
	// asDiff compares whatever the exit status; colour paints the changes.
	asDiff, colour bool
	groups         *compare.Groups
}

// notByItself is the status of hosts whose command was stopped: they come after every
// exit status.
const notByItself = 256

// Event keeps output, and puts a host into its group when it ends.
func (g *gather) Event(e event.Event) error {
	switch {
	case e.Kind == event.Output && (e.Stream == event.Stdout || g.both):
		return g.groups.Add(e.Host, e.Stream, e.Data)
	case e.Kind == event.Ended && (isSilent(e.Result) || !g.groups.Silent(e.Host)):
		return g.groups.End(e.Host, g.status(e.Result))
	}
	return nil
}

// status returns what hosts of a group have in common beside their output.
func (g *gather) status(result *event.Result) int {
	switch {
	case g.asDiff:
		return 0
	case result.Outcome == event.Stopped:
		return notByItself
	}
	return result.Code
}

// Close shows the groups.
func (g *gather) Close(sum *event.Summary) error {
	if sum == nil {
		return nil
	}
	groups := g.groups.Sorted()
	if g.asDiff {
		return g.diffs(groups)
	}
	for _, group := range groups {
		if err := g.whole(group); err != nil {
			return err
		}
	}
	return nil
}

// whole shows a group's header and output.
func (g *gather) whole(group *compare.Group) error {
	if g.target.labels != nil {
		if err := g.target.print(rule + g.title(group) + "\n" + rule); err != nil {
			return err
		}
	}
	for _, text := range group.Text {
		if err := g.target.text(text); err != nil {
			return err
		}
	}
	return nil
}

// title returns a group's hosts, folded, and their number unless it is one.
func (g *gather) title(group *compare.Group) string {
	names := make([]string, len(group.Hosts))
	for i, host := range group.Hosts {
		names[i] = g.names[host]
	}
	return count(g.fold, names)
}

// count returns names folded, and their number unless it is one.
func count(fold func([]string) string, names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s (%d)", fold(names), len(names))
}
