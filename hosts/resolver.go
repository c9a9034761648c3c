package hosts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxDepth bounds how deep groups may name groups.
const maxDepth = 200

// resolver is one selection under way: it looks up groups and patterns for
// the evaluator, each source read when it is first asked.
type resolver struct {
	ctx   context.Context
	sys   System
	eval  evaluator
	files []*hostFile
	// implicit is the host file that nobody named, noted when it is used.
	implicit *implicitFile
	cluster  *clusterShell
	// done holds the groups that have been worked out, open those under way.
	resolved  map[groupName][]Host
	resolving []groupName
	notes     []string
}

// groupName is a group, and the source that it was asked of: empty for the
// order of the manual.
type groupName struct{ source, name string }

func (g groupName) String() string {
	if g.source == "" {
		return "@" + g.name
	}
	return "@" + g.source + ":" + g.name
}

// definition is where a group was found.
type definition struct {
	// files hold it as a section, or as a whole; else it is all the lists.
	files   []*hostFile
	section string // empty is the whole file
	lists   []string
	where   string
	// source is what groups in the LIST belong to.
	source string
}

func newResolver(ctx context.Context, sys System) *resolver {
	r := &resolver{ctx: ctx, sys: sys, resolved: map[groupName][]Host{}}
	r.eval.group = r.group
	r.eval.pattern = r.pattern
	return r
}

func (r *resolver) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf("Note: "+format, args...))
}

// group returns the hosts of a group. A *offsetError is for the evaluator to
// show in its place.
func (r *resolver) group(source, name string) ([]Host, error) {
	key := groupName{source, name}
	if found, known := r.resolved[key]; known {
		return found, nil
	}
	if at := slices.Index(r.resolving, key); at >= 0 {
		var circle strings.Builder
		for _, g := range r.resolving[at:] {
			circle.WriteString(g.String() + " > ")
		}
		return nil, errorAt(0, "%s", "a circle of groups: "+circle.String()+key.String())
	}
	if len(r.resolving) == maxDepth {
		return nil, errorAt(0, "groups within groups, more than %d deep", maxDepth)
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

// hostsOf works out the LISTs of a definition.
func (r *resolver) hostsOf(def definition) ([]Host, error) {
	outer := r.eval.source
	defer func() { r.eval.source = outer }()
	r.eval.source = def.source
	var all set
	for _, list := range def.lists {
		found, err := r.eval.list(def.where, list)
		if err != nil {
			return nil, err
		}
		all.add(found)
	}
	for _, f := range def.files {
		found, err := f.all(&r.eval)
		if def.section != "" {
			found, err = f.group(&r.eval, def.section)
		}
		if err != nil {
			return nil, err
		}
		all.add(found)
	}
	return all.list(), nil
}

// define finds a group: the sections of the host files, then ClusterShell's
// sources, then dsh's files.
func (r *resolver) define(key groupName) (definition, error) {
	if key.source != "" {
		return r.defineInNamedSource(key)
	}
	if def, found, err := r.defineInFiles(key.name); found || err != nil {
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
	return definition{}, errorAt(0, "there is no group %q%s", key.name, r.suggestGroups())
}

// defineInFiles looks for a section of the host files in use. The groups all
// and * are the whole files, unless a section has that name.
func (r *resolver) defineInFiles(name string) (definition, bool, error) {
	files, err := r.groupFiles()
	if err != nil {
		return definition{}, false, err
	}
	def := definition{section: name}
	for _, f := range files {
		if _, there := f.sections[name]; there {
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

// defineInNamedSource looks in the one source that was named.
func (r *resolver) defineInNamedSource(key groupName) (definition, error) {
	cluster, err := r.clusterShell()
	if err != nil {
		return definition{}, err
	}
	if _, known := cluster.sources[key.source]; !known {
		names := "there are none"
		if len(cluster.names) > 0 {
			names = "there are " + strings.Join(cluster.names, ", ")
		}
		return definition{}, errorAt(0, "there is no group source %q; %s", key.source, names)
	}
	def, found, err := r.defineInSource(key.source, key.name)
	if err == nil && !found {
		err = errorAt(0, "there is no group %q in the source %q", key.name, key.source)
	}
	return def, err
}

// ask asks one source of ClusterShell's.
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

// everything returns the LISTs of all that a source has: what it says itself,
// else all its groups. nodeset joins these into one LIST, in which the ! of
// one group takes out hosts of another; here each is worked out by itself.
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

// defineInOtherSources looks in the files of groups that are not the standard
// source. Commands are not run on the chance that they know the name.
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
		return definition{}, false, errorAt(0, "the group %q is in the sources %s; write which, as in @%s:%s", name, strings.Join(in, ", "), in[0], name)
	}
	if len(in) == 0 {
		return definition{}, false, nil
	}
	return r.defineInSource(in[0], name)
}

// dshDirs returns where dsh(1) has its files of groups.
func (sys System) dshDirs() []string {
	var dirs []string
	if sys.Home != "" {
		dirs = append(dirs, filepath.Join(sys.Home, ".dsh/group"))
	}
	return append(dirs, filepath.Join(sys.etc(), "dsh/group"))
}

// defineInDsh looks for a file of dsh's, which is a host file.
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

// clusterShell returns ClusterShell's sources, read when first needed.
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
