package sink

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// rule is the line above and below the hosts in a header, as clush -b has it.
const rule = "---------------\n"

// gather shows at the end each distinct output once, under a header with all
// hosts that printed it:
//
//	---------------
//	node[1-2,4] (3)
//	---------------
//	Linux
//
// What a host has printed waits in a spool. When the host ends it is compared
// by its hash, and kept only where it is new. A missing last newline makes no
// difference, as none is seen.
type gather struct {
	names []string
	fold  func([]string) string
	place *place
	pool  *spool.Pool
	// both: standard error too, shown below standard output.
	both      bool
	normalize bool
	// asDiff shows the most common output and how the others differ from it,
	// whatever the exit status; colour paints the changes.
	asDiff, colour bool
	hosts          [][3]*capture // by rank and runner.Stream
	groups         map[gatherKey]*gatherGroup
}

// capture is what a host has printed on one stream.
type capture struct {
	*spool.Spool
	sum hash.Hash
	own *ownName // nil: as it is
	buf []byte
}

// gatherKey is what hosts of a group have in common.
type gatherKey struct {
	status int
	sums   [3][sha256.Size]byte // by runner.Stream
}

// gatherGroup are hosts that printed the same.
type gatherGroup struct {
	status int
	first  int // the lowest rank
	hosts  []int
	text   []*capture
}

// notByItself is the status of hosts whose command did not come to its end:
// behind every exit status.
const notByItself = 256

// Event keeps output, and puts a host into its group when it ends.
func (g *gather) Event(e event.Event) error {
	switch {
	case e.Kind == event.Output && (e.Stream == event.Stdout || g.both):
		c := g.hosts[e.Host][e.Stream]
		if c == nil {
			c = &capture{Spool: g.pool.New(), sum: sha256.New()}
			if g.normalize {
				c.own = newOwnName(g.names[e.Host])
			}
			g.hosts[e.Host][e.Stream] = c
		}
		return c.add(e.Data)
	case e.Kind == event.Ended:
		return g.ended(e)
	}
	return nil
}

// add takes a piece of output.
func (c *capture) add(b []byte) error {
	if c.own != nil {
		c.buf = c.own.append(c.buf[:0], b)
		b = c.buf
	}
	c.sum.Write(b)
	return c.Append(b)
}

// finish takes what the replacement of names has held back, and a newline
// where the last one is missing.
func (c *capture) finish() error {
	var b []byte
	if c.own != nil {
		b = c.own.end(nil)
	}
	last := c.Last()
	if len(b) > 0 {
		last = b[len(b)-1]
	}
	if last != '\n' {
		b = append(b, '\n')
	}
	c.sum.Write(b)
	return c.Append(b)
}

// ended puts the host into its group.
func (g *gather) ended(e event.Event) error {
	var key gatherKey
	var text []*capture
	for stream, c := range g.hosts[e.Host] {
		if c == nil {
			continue
		}
		if err := c.finish(); err != nil {
			return err
		}
		c.sum.Sum(key.sums[stream][:0])
		text = append(text, c)
	}
	g.hosts[e.Host] = [3]*capture{}
	if len(text) == 0 && !ran(e.Result) {
		return nil
	}
	if !g.asDiff {
		key.status = e.Result.Code
		if e.Result.Outcome == event.Stopped {
			key.status = notByItself
		}
	}
	group := g.groups[key]
	if group == nil {
		g.groups[key] = &gatherGroup{status: key.status, first: e.Host, hosts: []int{e.Host}, text: text}
		return nil
	}
	group.hosts = append(group.hosts, e.Host)
	group.first = min(group.first, e.Host)
	for _, c := range text {
		c.Reset()
	}
	return nil
}

// Close shows the groups.
func (g *gather) Close(sum *event.Summary) error {
	if sum == nil {
		return nil
	}
	groups := make([]*gatherGroup, 0, len(g.groups))
	for _, group := range g.groups {
		slices.Sort(group.hosts)
		groups = append(groups, group)
	}
	slices.SortFunc(groups, compareGroups)
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

// compareGroups orders groups: by exit status, then the largest, then the one
// with the first host.
func compareGroups(a, b *gatherGroup) int {
	if a.status != b.status {
		return a.status - b.status
	}
	if len(a.hosts) != len(b.hosts) {
		return len(b.hosts) - len(a.hosts)
	}
	return a.first - b.first
}

// whole shows a group's header and output.
func (g *gather) whole(group *gatherGroup) error {
	if g.place.labels != nil {
		if err := g.place.tell(rule + g.title(group) + "\n" + rule); err != nil {
			return err
		}
	}
	for _, c := range group.text {
		if err := g.place.text(c.Spool); err != nil {
			return err
		}
	}
	return nil
}

// title is a group's hosts, folded, and their number where it is not one.
func (g *gather) title(group *gatherGroup) string {
	names := make([]string, len(group.hosts))
	for i, host := range group.hosts {
		names[i] = g.names[host]
	}
	return count(g.fold, names)
}

// bytes returns all that a group printed.
func (g *gatherGroup) bytes() ([]byte, error) {
	var all []byte
	for _, c := range g.text {
		var err error
		if all, err = c.Collect(all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// size returns how much a group printed.
func (g *gatherGroup) size() int64 {
	var n int64
	for _, c := range g.text {
		n += c.Size()
	}
	return n
}

// count writes names folded, and how many they are where they are several.
func count(fold func([]string) string, names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%s (%d)", fold(names), len(names))
}
