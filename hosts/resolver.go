package hosts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"clsh/hosts/inventory"
)

// maxDepth is how deep groups may be nested.
const maxDepth = 200

// resolver looks up groups and patterns for the evaluator during one selection. It reads each
// source when it first needs it.
type resolver struct {
	ctx   context.Context //nolint:containedctx // a resolver lives for one selection
	sys   System
	eval  evaluator
	files []*hostFile
	// implicit is set once the host file that no option names has been looked for, because it may
	// provide groups. implicitNotes are to be written when it does.
	implicit      bool
	implicitNotes []string
	inventory     *inventory.Inventory // nil: none is given
	cluster       *clusterShell
	// resolved holds the hosts of groups, resolving the groups that are being looked up.
	resolved  map[groupName][]Host
	resolving []groupName
	notes     []string
}

// groupName is a group as it was looked up. If source is empty, all sources are searched.
type groupName struct{ source, name string }

func (g groupName) String() string {
	if g.source == "" {
		return "@" + g.name
	}
	return "@" + g.source + ":" + g.name
}

func newResolver(ctx context.Context, sys System) *resolver {
	if sys.Answers == nil {
		sys.Answers = &Answers{}
	}
	r := &resolver{ctx: ctx, sys: sys, resolved: map[groupName][]Host{}}
	r.eval.group = r.group
	r.eval.pattern = r.pattern
	return r
}

func (r *resolver) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf("Note: "+format, args...))
}

// group returns the hosts of a group. Its error is an *offsetError, which the evaluator completes,
// if the group is unknown or part of a cycle.
func (r *resolver) group(source, name string) ([]Host, error) {
	key := groupName{source, name}
	if found, ok := r.resolved[key]; ok {
		return found, nil
	}
	if i := slices.Index(r.resolving, key); i >= 0 {
		var cycle strings.Builder
		for _, g := range r.resolving[i:] {
			cycle.WriteString(g.String() + " > ")
		}
		return nil, errorAt(0, "cycle of groups: %s%s", cycle.String(), key)
	}
	if len(r.resolving) == maxDepth {
		return nil, errorAt(0, "groups nested more than %d levels deep", maxDepth)
	}
	r.resolving = append(r.resolving, key)
	defer func() { r.resolving = r.resolving[:len(r.resolving)-1] }()
	defer r.eval.enterGroup()()
	found, err := r.find(key)
	if err != nil {
		return nil, err
	}
	r.resolved[key] = found
	return found, nil
}

// find returns the hosts of a group of the host files and inventories that are given, else of
// ClusterShell's sources, else of dsh's files.
func (r *resolver) find(key groupName) ([]Host, error) {
	if key.source != "" {
		return r.inNamedSource(key)
	}
	for _, in := range []func(group string) ([]Host, bool, error){r.inGiven, r.inDefaultSource, r.inOtherSources, r.inDsh} {
		if found, known, err := in(key.name); known || err != nil {
			return found, err
		}
	}
	return nil, errorAt(0, "unknown group %q", key.name).withHint("%s", r.groupsHint(key.name))
}

// inGiven returns the hosts of a group of the inventories and the host files. One that is in several
// of them has the hosts of all. In host files, the groups all and * are the whole files, unless a
// section has that name.
func (r *resolver) inGiven(name string) ([]Host, bool, error) {
	files, err := r.groupFiles()
	if err != nil {
		return nil, false, err
	}
	found, known, err := r.inInventory(name)
	if err != nil {
		return nil, known, err
	}
	var all set
	all.add(found)
	hasSection := func(f *hostFile) bool { return slices.Contains(f.sectionNames, name) }
	whole := (name == "all" || name == "*") && !slices.ContainsFunc(files, hasSection)
	for _, f := range files {
		lines, here := f.sections[name]
		if whole {
			lines, here = f.lines, len(f.lines) > 0
		}
		if !here {
			continue
		}
		known = true
		r.noteImplicit()
		found, err := f.hosts(&r.eval, lines)
		if err != nil {
			return nil, true, err
		}
		all.add(found)
	}
	return all.list(), known, nil
}

// inNamedSource returns the hosts of a group of the source that key names.
func (r *resolver) inNamedSource(key groupName) ([]Host, error) {
	cluster, err := r.clusterShell()
	if err != nil {
		return nil, err
	}
	if _, ok := cluster.sources[key.source]; !ok {
		hint := "no group sources are configured"
		if len(cluster.names) > 0 {
			hint = "known sources: " + strings.Join(cluster.names, ", ")
		}
		return nil, errorAt(0, "unknown group source %q", key.source).withHint("%s", hint)
	}
	found, known, err := r.inSource(key.source, key.name)
	if err == nil && !known {
		err = errorAt(0, "unknown group %q in source %q", key.name, key.source).withHint("%s", r.groupsHint(key.source+":"+key.name))
	}
	return found, err
}

func (r *resolver) inDefaultSource(group string) ([]Host, bool, error) {
	cluster, err := r.clusterShell()
	if err != nil || cluster.defaultSource == "" {
		return nil, false, err
	}
	return r.inSource(cluster.defaultSource, group)
}

// inSource returns the hosts of a group of one of ClusterShell's sources, which is also the source of
// the groups in its LISTs that name none.
func (r *resolver) inSource(name, group string) ([]Host, bool, error) {
	s := r.cluster.sources[name]
	lists, known, err := listsOf(r.ctx, s, group)
	if !known || err != nil {
		return nil, known, err
	}
	r.eval.source = name
	var all set
	for _, list := range lists {
		found, err := r.eval.list(fmt.Sprintf("@%s:%s in %s", name, group, s.where()), list)
		if err != nil {
			return nil, true, err
		}
		all.add(found)
	}
	return all.list(), true, nil
}

// listsOf returns the LISTs of a group of a source. Those of all hosts are its own answer, else the
// LISTs of all its groups. nodeset joins the latter into one LIST, in which the ! of one group
// removes hosts of another; here each is evaluated separately.
func listsOf(ctx context.Context, s source, group string) (lists []string, known bool, err error) {
	if group != "*" {
		list, known, err := s.lookup(ctx, group)
		if known || group != "all" {
			return []string{list}, known, err
		}
	}
	list, known, err := s.all(ctx)
	if known || err != nil {
		return []string{list}, known, err
	}
	names, known, err := s.groups(ctx)
	if !known || err != nil {
		return nil, false, err
	}
	for _, name := range names {
		list, _, err := s.lookup(ctx, name)
		if err != nil {
			return nil, false, err
		}
		lists = append(lists, list)
	}
	return lists, len(names) > 0, nil
}

// inOtherSources returns the hosts of a group of the files that are not the default source. It runs
// no command just because the command might know the name.
func (r *resolver) inOtherSources(name string) ([]Host, bool, error) {
	var in []string
	for _, source := range r.cluster.names {
		s, isFile := r.cluster.sources[source].(*fileSource)
		if !isFile || source == r.cluster.defaultSource {
			continue
		}
		if _, known := s.lists[name]; known {
			in = append(in, source)
		}
	}
	if len(in) > 1 {
		return nil, false, errorAt(0, "group %q is in several sources: %s", name, strings.Join(in, ", ")).
			withHint("name the source, as in @%s:%s", in[0], name)
	}
	if len(in) == 0 {
		return nil, false, nil
	}
	return r.inSource(in[0], name)
}

// dshDirs returns the directories with the group files of dsh(1).
func (sys System) dshDirs() []string {
	var dirs []string
	if sys.Home != "" {
		dirs = append(dirs, filepath.Join(sys.Home, ".dsh/group"))
	}
	return append(dirs, filepath.Join(sys.etc(), "dsh/group"))
}

// inDsh returns the hosts of a group file of dsh, which is a host file.
func (r *resolver) inDsh(name string) ([]Host, bool, error) {
	if name == "*" {
		return nil, false, nil
	}
	for _, dir := range r.sys.dshDirs() {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		f, err := readFile(path, nil)
		if err != nil {
			return nil, false, err
		}
		found, err := f.all(&r.eval)
		return found, true, err
	}
	return nil, false, nil
}

// clusterShell returns ClusterShell's sources. It reads them when they are first needed.
func (r *resolver) clusterShell() (*clusterShell, error) {
	if r.cluster == nil {
		c, err := loadClusterShell(r.sys)
		if err != nil {
			return nil, err
		}
		r.cluster = c
	}
	return r.cluster, nil
}
