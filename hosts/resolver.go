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
	// implicit is the host file that provides groups although no option names it.
	implicit  *implicitFile
	inventory *inventory.Inventory // nil: none is given
	cluster   *clusterShell
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

// definition is what a group consists of: hosts, a section of host files, or LISTs.
type definition struct {
	hosts   []Host // of an inventory
	files   []*hostFile
	section string // of files; "" is the whole file
	lists   []string
	where   string // where the lists come from
	source  string // the source of groups in the lists that name none
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
	def, err := r.define(key)
	if err != nil {
		return nil, err
	}
	found, err := r.hostsOf(def)
	if err != nil {
		return nil, err
	}
	r.resolved[key] = found
	return found, nil
}

// hostsOf returns the hosts of a definition.
func (r *resolver) hostsOf(def definition) ([]Host, error) {
	outer, repeat := r.eval.source, r.eval.repeat
	defer func() { r.eval.source, r.eval.repeat = outer, repeat }()
	r.eval.source, r.eval.repeat = def.source, false // a group is a set
	var all set
	all.add(def.hosts)
	for _, list := range def.lists {
		found, err := r.eval.list(def.where, list)
		if err != nil {
			return nil, err
		}
		all.add(found)
	}
	for _, f := range def.files {
		lines := f.lines
		if def.section != "" {
			lines = f.sections[def.section]
		}
		found, err := f.hosts(&r.eval, lines)
		if err != nil {
			return nil, err
		}
		all.add(found)
	}
	return all.list(), nil
}

// define finds a group in the host files and inventories that are given, else in ClusterShell's sources, else in
// dsh's files.
func (r *resolver) define(key groupName) (definition, error) {
	if key.source != "" {
		return r.defineInNamedSource(key)
	}
	if def, found, err := r.defineAsGiven(key.name); found || err != nil {
		return def, err
	}
	cluster, err := r.clusterShell()
	if err != nil {
		return definition{}, err
	}
	if cluster.defaultSource != "" {
		def, found, err := r.defineInSource(cluster.defaultSource, key.name)
		if found || err != nil {
			return def, err
		}
	}
	if def, found, err := r.defineInOtherSources(key.name); found || err != nil {
		return def, err
	}
	if def, found, err := r.defineInDsh(key.name); found || err != nil {
		return def, err
	}
	return definition{}, errorAt(0, "unknown group %q", key.name).withHint("%s", r.groupsHint(key.name))
}

// defineAsGiven finds a group in the host files and the inventories. One that is in several of them
// has the hosts of all.
func (r *resolver) defineAsGiven(name string) (definition, bool, error) {
	def, inFiles, err := r.defineInFiles(name)
	if err != nil {
		return def, false, err
	}
	var inInventory bool
	def.hosts, inInventory, err = r.inInventory(name)
	return def, inFiles || inInventory, err
}

// defineInFiles finds a section of the host files. The groups all and * are the whole files, unless
// a section has that name.
func (r *resolver) defineInFiles(name string) (definition, bool, error) {
	files, err := r.groupFiles()
	if err != nil {
		return definition{}, false, err
	}
	def := definition{section: name}
	for _, f := range files {
		if _, ok := f.sections[name]; ok {
			def.files = append(def.files, f)
		}
	}
	if len(def.files) == 0 && (name == "all" || name == "*") {
		for _, f := range files {
			if len(f.lines) > 0 {
				def.files, def.section = append(def.files, f), ""
			}
		}
	}
	if len(def.files) > 0 {
		r.implicit.noteUse(r)
	}
	return def, len(def.files) > 0, nil
}

// defineInNamedSource finds a group in the source that key names.
func (r *resolver) defineInNamedSource(key groupName) (definition, error) {
	cluster, err := r.clusterShell()
	if err != nil {
		return definition{}, err
	}
	if _, ok := cluster.sources[key.source]; !ok {
		hint := "no group sources are configured"
		if len(cluster.names) > 0 {
			hint = "known sources: " + strings.Join(cluster.names, ", ")
		}
		return definition{}, errorAt(0, "unknown group source %q", key.source).withHint("%s", hint)
	}
	def, found, err := r.defineInSource(key.source, key.name)
	if err == nil && !found {
		err = errorAt(0, "unknown group %q in source %q", key.name, key.source).withHint("%s", r.groupsHint(key.source+":"+key.name))
	}
	return def, err
}

// defineInSource finds a group in one of ClusterShell's sources.
func (r *resolver) defineInSource(name, group string) (definition, bool, error) {
	s := r.cluster.sources[name]
	def := definition{source: name, where: fmt.Sprintf("@%s:%s in %s", name, group, s.where())}
	if group != "*" {
		list, known, err := s.lookup(r.ctx, group)
		if known {
			def.lists = []string{list}
		}
		if known || group != "all" {
			return def, known, err
		}
	}
	lists, known, err := allLists(r.ctx, s)
	def.lists = lists
	return def, known, err
}

// allLists returns the LISTs of all hosts of a source: its own answer, else those of all its
// groups. nodeset joins the latter into one LIST, in which the ! of one group removes hosts of
// another; here each is evaluated separately.
func allLists(ctx context.Context, s source) (lists []string, known bool, err error) {
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

// defineInOtherSources finds a group in the files that are not the default source. It runs no
// command just because the command might know the name.
func (r *resolver) defineInOtherSources(name string) (definition, bool, error) {
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
		return definition{}, false, errorAt(0, "group %q is in several sources: %s", name, strings.Join(in, ", ")).
			withHint("name the source, as in @%s:%s", in[0], name)
	}
	if len(in) == 0 {
		return definition{}, false, nil
	}
	return r.defineInSource(in[0], name)
}

// dshDirs returns the directories with the group files of dsh(1).
func (sys System) dshDirs() []string {
	var dirs []string
	if sys.Home != "" {
		dirs = append(dirs, filepath.Join(sys.Home, ".dsh/group"))
	}
	return append(dirs, filepath.Join(sys.etc(), "dsh/group"))
}

// defineInDsh finds a group file of dsh, which is a host file.
func (r *resolver) defineInDsh(name string) (definition, bool, error) {
	if name == "*" {
		return definition{}, false, nil
	}
	for _, dir := range r.sys.dshDirs() {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		f, err := readFile(path, nil)
		if err != nil {
			return definition{}, false, err
		}
		return definition{files: []*hostFile{f}}, true, nil
	}
	return definition{}, false, nil
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
