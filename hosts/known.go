package hosts

import (
	"context"
	"errors"
	"iter"
	"os"
	"slices"
	"strings"
)

// implicitFile is the host file of CLSH_HOSTFILE, or of the directory, where
// options name hosts and no file: it gives groups then.
type implicitFile struct {
	note string
	used bool
}

// use notes that something of the file was used. Without such a file, as
// with one that was named, there is nothing to note.
func (u *implicitFile) noteUse(r *resolver) {
	if u == nil || u.used {
		return
	}
	u.used = true
	r.notes = append(r.notes, u.note)
}

// groupFiles returns the host files whose sections are groups.
func (r *resolver) groupFiles() ([]*hostFile, error) {
	if len(r.files) > 0 || r.implicit != nil {
		return r.files, nil
	}
	r.implicit = &implicitFile{used: true}
	before := len(r.notes)
	err := r.readImplicit()
	said := slices.Clone(r.notes[before:])
	r.notes = r.notes[:before]
	var distrust *untrustedError
	switch {
	case errors.Is(err, ErrNoHosts):
		return nil, nil
	case errors.As(err, &distrust):
		r.note("%v", err)
		return nil, nil
	case err != nil:
		return nil, err
	}
	r.implicit = &implicitFile{note: strings.Join(said, "\n")}
	return r.files, nil
}

// knownGroups ends the message about an unknown group: names that there are.
func (r *resolver) suggestGroups() string {
	names := r.groupNames(false)
	if len(names) == 0 {
		return ", and no other group either: there is no section in a host file and no source of groups"
	}
	const most = 8
	if len(names) > most {
		return "; there are " + strings.Join(names[:most], ", ") + " …"
	}
	return "; there are " + strings.Join(names, ", ")
}

// groupNames returns the groups that can be listed, with commands or without.
func (r *resolver) groupNames(commands bool) []string {
	var names []string
	files, _ := r.groupFiles()
	for _, f := range files {
		for _, section := range f.sectionNames {
			names = append(names, "@"+section)
		}
	}
	if cluster, err := r.clusterShell(); err == nil {
		for _, name := range cluster.names {
			s := cluster.sources[name]
			if _, isFile := s.(*fileSource); !isFile && !commands {
				continue
			}
			prefix := "@" + name + ":"
			if name == cluster.defaultSource {
				prefix = "@"
			}
			groups, _, _ := s.groups(r.ctx)
			for _, group := range groups {
				if checkGroupName(group) == "" {
					names = append(names, prefix+group)
				}
			}
		}
	}
	for _, group := range r.sys.dshGroups() {
		names = append(names, "@"+group)
	}
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

// distinct returns the items in order, each once.
func distinct[T comparable](items iter.Seq[T]) []T {
	return distinctBy(items, func(item T) T { return item })
}

// distinctBy returns the first of the items with each key, in order.
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

// pattern returns the known hosts that match: of the host files and groups,
// else of the ssh configuration. What cannot be read could hold a match, so
// that is an error.
func (r *resolver) pattern(pattern string) ([]Host, error) {
	pool, failed := r.knownHosts()
	if len(failed) > 0 {
		return nil, failed[0]
	}
	if found := matching(pool, pattern); len(found) > 0 {
		r.implicit.noteUse(r)
		return found, nil
	}
	names, err := sshConfigNames(r.sys, pattern)
	if err != nil {
		return nil, err
	}
	var found []Host
	for _, name := range names {
		if h, bad := parseHost(name); bad == nil {
			found = append(found, h)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, errorAt(0, "no known name matches %s", pattern).withHint("patterns match hosts of host files and groups, else Host names of the ssh configuration")
}

// pool returns the hosts of all host files and groups, and what could not be
// asked. Of the sources that are commands only the standard one is.
func (r *resolver) knownHosts() (all []Host, failed []error) {
	var s set
	add := func(found []Host, err error) {
		if _, unknown := errors.AsType[*offsetError](err); unknown {
			return
		}
		if err != nil {
			failed = append(failed, err)
			return
		}
		s.add(slices.Clone(found))
	}
	files, err := r.groupFiles()
	add(nil, err)
	for _, f := range files {
		add(f.all(&r.eval))
	}
	cluster, err := r.clusterShell()
	if err != nil {
		failed = append(failed, err)
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
	for _, group := range r.sys.dshGroups() {
		def, _, err := r.defineInDsh(group)
		if err == nil {
			add(r.hostsOf(def))
		} else {
			add(nil, err)
		}
	}
	return s.list(), failed
}

// Known returns the names that a LIST can be completed with: the hosts of
// host files, groups and the ssh configuration, and the groups, each with its
// @. Files are the host files that options name; without any it is that of
// the environment or of the directory. What cannot be read is left out. ctx
// ends the commands of group sources.
func Known(ctx context.Context, sys System, files ...string) (hosts, groups []string) {
	r := newResolver(ctx, sys)
	for _, path := range files {
		if f, err := readFile(path, sys.Stdin); err == nil {
			r.files = append(r.files, f)
		}
	}
	pool, _ := r.knownHosts()
	hosts = List(pool).Names()
	names, _ := sshConfigNames(sys, "")
	return distinct(slices.Values(append(hosts, names...))), r.groupNames(true)
}
