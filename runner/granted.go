package runner

import (
	"slices"
	"sync"

	"clsh/hosts"
)

// A Granted is a host that Config.Next hands out.
type Granted struct {
	Host hosts.Host
	// Rank is the host's in the whole run, of Count hosts.
	Rank, Count int
}

// granted are the hosts of a run so far. Its zero value with a list is those of a run that has all
// of them.
type granted struct {
	mu    sync.Mutex
	list  hosts.List
	whole []Granted // by rank; nil: they are the whole
}

// add takes a host, and returns the hosts so far, of which it is the last.
func (g *granted) add(host Granted) hosts.List {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list, g.whole = append(g.list, host.Host), append(g.whole, host)
	return slices.Clip(g.list)
}

// count returns how many hosts there are so far.
func (g *granted) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.list)
}

// place returns what the host of rank is called, and its place in the whole run.
func (g *granted) place(rank int) (name string, whole, count int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.whole == nil {
		return g.list[rank].Name, rank, len(g.list)
	}
	return g.list[rank].Name, g.whole[rank].Rank, g.whole[rank].Count
}
