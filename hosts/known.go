package hosts

import (
	"context"
	"errors"
	"iter"
	"os"
	"slices"
	"strings"

	"clsh/runner/nearest"
)

// Known returns the names that can complete a LIST: the hosts of host files, inventories, groups and
// the ssh configuration, and the groups, each with its @. Of s it reads Hostfiles and Inventories;
// without any, it reads the host file of CLSH_HOSTFILE, or .hostfile. It leaves out what it cannot
// read. ctx stops the commands of group sources.
func Known(ctx context.Context, sys System, s Selection) (hosts, groups []string) {
	r := newResolver(ctx, sys)
	_ = r.useInventories(s.Inventories)
	for _, path := range s.Hostfiles {
		if f, err := readFile(path, sys.Stdin); err == nil {
			r.files = append(r.files, f)
		}
	}
	known, _ := r.knownHosts()
	hosts = append(List(known).Names(), SSHHosts(sys)...)
	return distinct(slices.Values(hosts)), r.groupNames(true)
}

// noteImplicit notes, once, that the implicit file has been used.
func (r *resolver) noteImplicit() {
	r.notes = append(r.notes, r.implicitNotes...)
	r.implicitNotes = nil
}

// groupFiles returns the host files whose sections are groups.
func (r *resolver) groupFiles() ([]*hostFile, error) {
	if len(r.files) > 0 || r.implicit || r.inventory != nil {
		return r.files, nil
	}
	r.implicit = true
	before := len(r.notes)
	err := r.readImplicit()
	notes := slices.Clone(r.notes[before:])
	r.notes = r.notes[:before]
	var untrusted *untrustedError
	switch {
	case errors.Is(err, ErrNoHosts):
		return nil, nil
	case errors.As(err, &untrusted):
		r.note("%v", err)
		return nil, nil
	case err != nil:
		return nil, err
	}
	r.implicitNotes = notes
	return r.files, nil
}

// groupsHint returns the hint for an unknown group: the one of nearly the same name, and the
// groups that exist.
func (r *resolver) groupsHint(unknown string) string {
	const most = 20
	names := r.groupNames(false)
	if len(names) == 0 {
		return "no host file has a section, and no group source is configured"
	}
	hint := "known groups: "
	if near := nearest.Name("@"+unknown, names); near != "" {
		hint = "the nearest group is " + near + "; known groups: "
	}
	if len(names) > most {
		return hint + strings.Join(names[:most], ", ") + ", ..."
	}
	return hint + strings.Join(names, ", ")
}

// groupNames returns the names of all groups. It runs commands of group sources only if runCommands
// is set.
func (r *resolver) groupNames(runCommands bool) []string {
	var names []string
	add := func(prefix string, groups []string) {
		for _, group := range groups {
			if checkGroupName(group) == "" {
				names = append(names, prefix+group)
			}
		}
	}
	files, _ := r.groupFiles()
	for _, f := range files {
		add("@", f.sectionNames)
	}
	if r.inventory != nil {
		add("@", r.inventory.Groups())
	}
	if cluster, err := r.clusterShell(); err == nil {
		for _, name := range cluster.names {
			s := cluster.sources[name]
			if _, isFile := s.(*fileSource); !isFile && !runCommands {
				continue
			}
			prefix := "@" + name + ":"
			if name == cluster.defaultSource {
				prefix = "@"
			}
			groups, _, _ := s.groups(r.ctx)
			add(prefix, groups)
		}
	}
	add("@", r.sys.dshGroups())
	return distinct(slices.Values(names))
}

// dshGroups returns the names of dsh's groups.
func (sys System) dshGroups() []string {
	var names []string
	for _, dir := range sys.dshDirs() {
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			if checkGroupName(entry.Name()) == "" && !entry.IsDir() {
				names = append(names, entry.Name())
			}
		}
	}
	return names
}

// pattern returns the hosts of host files and groups that match, or else the matching names of the
// ssh configuration. A source that cannot be read is an error, because it may hold a match.
func (r *resolver) pattern(pattern string) ([]Host, error) {
	if err := r.checkInventoryNames(pattern); err != nil {
		return nil, err
	}
	known, errs := r.knownHosts()
	if len(errs) > 0 {
		return nil, errs[0]
	}
	if found := matching(known, pattern); len(found) > 0 {
		r.noteImplicit()
		return found, nil
	}
	names, err := sshConfigNames(r.sys, pattern)
	if err != nil {
		return nil, err
	}
	var found []Host
	for _, name := range names {
		h, _ := parseHost(name) // sshConfigNames has checked it
		found = append(found, h)
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, errorAt(0, "no known name matches %s", pattern).
		withHint("patterns match hosts of host files, inventories and groups, else Host names of the ssh configuration")
}

// knownHosts returns the hosts of all host files and groups, and the errors of those that it cannot
// read. Of the sources that are commands it asks only the default one. It ignores groups that are
// unknown to their source.
func (r *resolver) knownHosts() (all []Host, errs []error) {
	var s set
	add := func(found []Host, err error) {
		if err == nil {
			s.add(slices.Clone(found))
			return
		}
		if _, unknown := errors.AsType[*offsetError](err); !unknown {
			errs = append(errs, err)
		}
	}
	files, err := r.groupFiles()
	add(nil, err)
	for _, f := range files {
		add(f.all(&r.eval))
	}
	add(r.inventoryHosts(), nil)
	cluster, err := r.clusterShell()
	if err != nil {
		errs = append(errs, err)
		cluster = &clusterShell{}
	}
	for _, name := range cluster.names {
		file, isFile := cluster.sources[name].(*fileSource)
		if isFile || name == cluster.defaultSource {
			add(r.group(name, "*"))
		}
		if isFile {
			for _, group := range file.names {
				add(r.group(name, group))
			}
		}
	}
	defer r.eval.enterGroup()()
	for _, group := range r.sys.dshGroups() {
		found, _, err := r.inDsh(group)
		add(found, err)
	}
	return s.list(), errs
}

// distinct returns the items in order, each once.
func distinct[T comparable](items iter.Seq[T]) []T {
	return distinctBy(items, func(item T) T { return item })
}

// distinctBy returns the items in order, but only the first one with each key.
func distinctBy[T any, K comparable](items iter.Seq[T], key func(T) K) []T {
	var kept []T
	seen := make(map[K]struct{})
	for item := range items {
		k := key(item)
		if _, ok := seen[k]; !ok {
			seen[k] = struct{}{}
			kept = append(kept, item)
		}
	}
	return kept
}
