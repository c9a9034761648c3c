package inventory

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The groups that every inventory has.
const (
	all       = "all"
	ungrouped = "ungrouped"
)

// priority is the variable by which a group overrides others of its depth.
const priority = "ansible_group_priority"

// Vars are variables by name.
type Vars map[string]Value

// Inventory is groups and hosts, merged from the answers of its sources.
type Inventory struct {
	keep   []string // the variables to keep
	groups map[string]*group
	order  []*group // as they were named first
	hosts  map[string]*host
}

// group is a group of hosts and of other groups.
type group struct {
	name     string
	hosts    []*host
	children []*group
	parents  []*group
	vars     Vars
	priority int
	// depth is the length of the longest way from all, once Check has found no cycle.
	depth int
}

// host is a host by its name in the inventory, which may be no valid name of a host.
type host struct {
	name    string
	groups  []*group
	vars    Vars
	unasked []string // the sources that know more variables of it
}

// New returns an empty inventory that keeps the variables of these names.
func New(keep ...string) *Inventory {
	return &Inventory{keep: append(keep, priority), groups: map[string]*group{}, hosts: map[string]*host{}}
}

// Add adds a source's answer to --list.
func (inv *Inventory) Add(source string, answer []byte) error {
	if !utf8.Valid(answer) {
		return errors.New("not UTF-8")
	}
	groups, err := members(answer)
	if err != nil {
		return err
	}
	inv.group(all)
	var named []*host
	complete := false // the answer has the variables of all hosts
	for _, m := range groups {
		if m.key == "_meta" {
			if complete, err = inv.addMeta(m.value); err != nil {
				return fmt.Errorf("_meta: %w", err)
			}
			continue
		}
		found, err := inv.addGroup(inv.group(m.key), m.value)
		if err != nil {
			return fmt.Errorf("group %q: %w", m.key, err)
		}
		named = append(named, found...)
	}
	for _, h := range named {
		if !complete && !slices.Contains(h.unasked, source) {
			h.unasked = append(h.unasked, source)
		}
	}
	return nil
}

// addMeta adds the variables of hosts, if there are any.
func (inv *Inventory) addMeta(data []byte) (complete bool, err error) {
	parts, err := members(data)
	if err != nil {
		return false, err
	}
	for _, part := range parts {
		if part.key != "hostvars" {
			continue
		}
		hosts, err := members(part.value)
		if err != nil {
			return false, fmt.Errorf("hostvars: %w", err)
		}
		for _, m := range hosts {
			if err := inv.AddVars(m.key, m.value); err != nil {
				return false, err
			}
		}
		complete = true
	}
	return complete, nil
}

// AddVars adds variables of a host, a JSON object: an answer to --host.
func (inv *Inventory) AddVars(name string, data []byte) error {
	if err := inv.addVars(inv.host(name).vars, data); err != nil {
		return fmt.Errorf("variables of %q: %w", name, err)
	}
	return nil
}

// addVars adds those variables of an object that are kept to vars.
func (inv *Inventory) addVars(vars Vars, data []byte) error {
	all, err := members(data)
	if err != nil {
		return err
	}
	for _, m := range all {
		if !slices.Contains(inv.keep, m.key) {
			continue
		}
		if value, set := parseValue(m.value); set {
			vars[m.key] = value
		}
	}
	return nil
}

// addGroup adds what an answer says of a group, and returns the hosts that it names.
func (inv *Inventory) addGroup(g *group, data []byte) ([]*host, error) {
	switch data[0] {
	case '[':
		return inv.addHosts(g, data)
	case '{':
	default:
		return nil, errors.New("neither a list of hosts nor an object")
	}
	parts, err := members(data)
	if err != nil {
		return nil, err
	}
	isPart := func(m member) bool { return slices.Contains([]string{"hosts", "children", "vars"}, m.key) }
	if len(parts) > 0 && !slices.ContainsFunc(parts, isPart) { // the group is one host, and these are its variables
		return []*host{inv.addHost(g, g.name)}, inv.addGroupVars(g, data)
	}
	var found []*host
	for _, part := range parts {
		switch part.key {
		case "hosts":
			found, err = inv.addHosts(g, part.value)
		case "children":
			err = inv.addChildren(g, part.value)
		case "vars":
			err = inv.addGroupVars(g, part.value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.key, err)
		}
	}
	return found, nil
}

func (inv *Inventory) addHosts(g *group, data []byte) ([]*host, error) {
	listed, err := names(data)
	if err != nil {
		return nil, err
	}
	found := make([]*host, len(listed))
	for i, name := range listed {
		found[i] = inv.addHost(g, name)
	}
	return found, nil
}

func (inv *Inventory) addHost(g *group, name string) *host {
	h := inv.host(name)
	if !slices.Contains(h.groups, g) {
		h.groups = append(h.groups, g)
		g.hosts = append(g.hosts, h)
	}
	return h
}

func (inv *Inventory) addChildren(g *group, data []byte) error {
	listed, err := names(data)
	if err != nil {
		return err
	}
	for _, name := range listed {
		child := inv.group(name)
		if !slices.Contains(child.parents, g) {
			child.parents = append(child.parents, g)
			g.children = append(g.children, child)
		}
	}
	return nil
}

func (inv *Inventory) addGroupVars(g *group, data []byte) error {
	err := inv.addVars(g.vars, data)
	if text := g.vars[priority].Text; text != "" && err == nil {
		if g.priority, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("%s: %q is not a number", priority, text)
		}
	}
	return err
}

// group returns the group of a name, which it makes if it is new.
func (inv *Inventory) group(name string) *group {
	g := inv.groups[name]
	if g == nil {
		g = &group{name: name, vars: Vars{}, priority: 1}
		inv.groups[name] = g
		inv.order = append(inv.order, g)
	}
	return g
}

// host returns the host of a name, which it makes if it is new.
func (inv *Inventory) host(name string) *host {
	h := inv.hosts[name]
	if h == nil {
		h = &host{name: name, vars: Vars{}}
		inv.hosts[name] = h
	}
	return h
}
