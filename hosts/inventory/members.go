package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxDepth is how deep groups may be nested.
const maxDepth = 200

// Check refuses groups that contain themselves, and computes what the other methods need. It must
// be called once all sources are added.
func (inv *Inventory) Check() error {
	root := inv.group(all)
	for _, g := range inv.order {
		if g != root && len(g.parents) == 0 {
			g.parents = append(g.parents, root)
			root.children = append(root.children, g)
		}
	}
	walk := walker{heights: map[*group]int{}}
	for _, g := range inv.order { // a cycle has no way to it from all
		if err := walk.visit(g); err != nil {
			return err
		}
	}
	for _, g := range slices.Backward(walk.done) { // parents before children
		for _, child := range g.children {
			child.depth = max(child.depth, g.depth+1)
		}
	}
	return nil
}

// walker visits groups, children first.
type walker struct {
	path    []*group // from the first group to the current one
	done    []*group // in the order in which all below them was visited
	heights map[*group]int
}

func (w *walker) visit(g *group) error {
	if _, visited := w.heights[g]; visited {
		return nil
	}
	if i := slices.Index(w.path, g); i >= 0 {
		var cycle strings.Builder
		for _, member := range w.path[i:] {
			fmt.Fprintf(&cycle, "%s > ", member.name)
		}
		return fmt.Errorf("cycle of groups: %s%s", cycle.String(), g.name)
	}
	w.path = append(w.path, g)
	height := 0
	for _, child := range g.children {
		if len(w.path) < maxDepth {
			if err := w.visit(child); err != nil {
				return err
			}
			height = max(height, w.heights[child]+1)
		} else {
			height = maxDepth
		}
	}
	w.path = w.path[:len(w.path)-1]
	if height >= maxDepth {
		return fmt.Errorf("groups nested more than %d levels deep", maxDepth)
	}
	w.heights[g] = height
	w.done = append(w.done, g)
	return nil
}

// Groups returns the names of the groups in the order in which the sources name them.
func (inv *Inventory) Groups() []string {
	listed := make([]string, len(inv.order))
	for i, g := range inv.order {
		listed[i] = g.name
	}
	if inv.groups[ungrouped] == nil && len(inv.ungrouped()) > 0 {
		listed = append(listed, ungrouped)
	}
	return listed
}

// Hosts returns the names of the hosts of a group in the order of the inventory: its own, then
// those of its children. known is false if there is no such group. A nil Inventory has none.
func (inv *Inventory) Hosts(name string) (hosts []string, known bool) {
	if inv == nil {
		return nil, false
	}
	if name == ungrouped {
		return inv.ungrouped(), true
	}
	g := inv.groups[name]
	if g == nil {
		return nil, false
	}
	seenGroups, seenHosts := map[*group]bool{}, map[*host]bool{}
	for stack := []*group{g}; len(stack) > 0; {
		g, stack = stack[len(stack)-1], stack[:len(stack)-1]
		if seenGroups[g] {
			continue
		}
		seenGroups[g] = true
		for _, h := range g.hosts {
			if !seenHosts[h] {
				seenHosts[h] = true
				hosts = append(hosts, h.name)
			}
		}
		for _, child := range slices.Backward(g.children) {
			stack = append(stack, child)
		}
	}
	return hosts, true
}

// ungrouped returns the hosts that are in no group but all and ungrouped.
func (inv *Inventory) ungrouped() []string {
	everyone, _ := inv.Hosts(all)
	return slices.DeleteFunc(everyone, func(name string) bool {
		return slices.ContainsFunc(inv.hosts[name].groups, func(g *group) bool { return g.name != all && g.name != ungrouped })
	})
}

// Has reports whether a group of the inventory names the host.
func (inv *Inventory) Has(name string) bool {
	h := inv.hosts[name]
	return h != nil && len(h.groups) > 0
}

// Unasked returns the sources whose answer to --host has to be added before Vars.
func (inv *Inventory) Unasked(name string) []string { return inv.hosts[name].unasked }

// Vars returns the variables of a host that Has knows: its own over those of its groups, children
// over their parents, among groups of one depth by ansible_group_priority, then by name.
func (inv *Inventory) Vars(name string) Vars {
	h := inv.hosts[name]
	seen := map[*group]bool{}
	var above []*group
	for stack := slices.Clone(h.groups); len(stack) > 0; {
		g := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !seen[g] {
			seen[g] = true
			above = append(above, g)
			stack = append(stack, g.parents...)
		}
	}
	slices.SortFunc(above, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.depth, b.depth), cmp.Compare(a.priority, b.priority), strings.Compare(a.name, b.name))
	})
	vars := Vars{}
	for _, g := range above {
		maps.Copy(vars, g.vars)
	}
	maps.Copy(vars, h.vars)
	return vars
}
