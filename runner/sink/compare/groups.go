package compare

import (
	"cmp"
	"crypto/sha256"
	"hash"
	"slices"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// Groups collects the output of hosts and groups the hosts that printed the same.
//
// It is for one goroutine at a time. What it holds lies in the pool that it was made
// with, and goes with the pool.
type Groups struct {
	pool   *spool.Pool
	names  []string       // nil: names are output like any other
	hosts  [][3]*captured // by rank and event.Stream; hosts that have not ended
	groups map[groupKey]*Group
}

// groupKey is what the hosts of a group have in common.
type groupKey struct {
	status int
	sums   [3][sha256.Size]byte // by event.Stream
}

// A Group has the hosts that printed the same and ended with the same status.
type Group struct {
	Hosts []int // ranks; in order once Sorted has returned the group
	// Text is what each of them printed: standard output first, whole lines. The spools stay the
	// group's.
	Text   []*spool.Spool
	status int
}

// NewGroups returns an empty set of groups for so many hosts, which keeps text in
// pool. With ownNames, each host's name by rank, it replaces a host's own name in its
// output by %h.
func NewGroups(hosts int, pool *spool.Pool, ownNames []string) *Groups {
	return &Groups{pool: pool, names: ownNames, hosts: make([][3]*captured, hosts), groups: map[groupKey]*Group{}}
}

// Add adds a piece of a host's output. The piece stays the caller's.
func (g *Groups) Add(host int, stream event.Stream, piece []byte) error {
	c := g.hosts[host][stream]
	if c == nil {
		c = &captured{text: g.pool.New(), sum: sha256.New()}
		if g.names != nil {
			c.own = newOwnName(g.names[host])
		}
		g.hosts[host][stream] = c
	}
	return c.add(piece)
}

// Silent reports whether a host that has not ended printed nothing so far.
func (g *Groups) Silent(host int) bool { return g.hosts[host] == [3]*captured{} }

// End puts a host that has ended into the group of its output and status.
func (g *Groups) End(host, status int) error {
	key := groupKey{status: status}
	var text []*spool.Spool
	for stream, c := range g.hosts[host] {
		if c == nil {
			continue
		}
		if err := c.finish(); err != nil {
			return err
		}
		c.sum.Sum(key.sums[stream][:0])
		text = append(text, c.text)
	}
	g.hosts[host] = [3]*captured{}
	group := g.groups[key]
	if group == nil {
		g.groups[key] = &Group{Hosts: []int{host}, status: status, Text: text}
		return nil
	}
	group.Hosts = append(group.Hosts, host)
	for _, s := range text {
		s.Reset()
	}
	return nil
}

// Sorted returns the groups of the hosts that have ended: by status, then the largest
// first, then by the first host.
func (g *Groups) Sorted() []*Group {
	groups := make([]*Group, 0, len(g.groups))
	for _, group := range g.groups {
		slices.Sort(group.Hosts)
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b *Group) int {
		return cmp.Or(a.status-b.status, len(b.Hosts)-len(a.Hosts), a.Hosts[0]-b.Hosts[0])
	})
	return groups
}

// Size returns the number of bytes of the text.
func (g *Group) Size() int64 {
	var n int64
	for _, s := range g.Text {
		n += s.Size()
	}
	return n
}

// collect returns the whole text.
func (g *Group) collect() ([]byte, error) {
	var all []byte
	for _, s := range g.Text {
		var err error
		if all, err = s.Collect(all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// captured is what a host has printed on one stream.
type captured struct {
	text *spool.Spool
	sum  hash.Hash
	own  *ownName // nil: names stay
	buf  []byte
}

// add adds a piece of output.
func (c *captured) add(piece []byte) error {
	if c.own != nil {
		c.buf = c.own.append(c.buf[:0], piece)
		piece = c.buf
	}
	c.sum.Write(piece)
	return c.text.Append(piece)
}

// finish adds what own has held back, and a newline where the last one is missing.
func (c *captured) finish() error {
	var b []byte
	if c.own != nil {
		b = c.own.end(nil)
	}
	last := c.text.Last()
	if len(b) > 0 {
		last = b[len(b)-1]
	}
	if last != '\n' {
		b = append(b, '\n')
	}
	c.sum.Write(b)
	return c.text.Append(b)
}
