package hosts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"clsh/runner/files"
)

// clusterShell is the group sources that ClusterShell's configuration
// defines, see groups.conf(5).
type clusterShell struct {
	sources map[string]source
	// order holds their names as they were defined; standard is the source
	// of a group that names none.
	order    []string
	standard string
	run      func(context.Context, []string) ([]byte, error)
}

// mainSection of groups.conf holds settings, every other one is a source.
const mainSection = "Main"

// configDirs returns the directories of ClusterShell's configuration, the
// one that has the last word at the end: what config_paths of its
// Defaults.py gives for a Python under /usr.
func (sys System) configDirs() []string {
	config := sys.ConfigHome
	if config == "" && sys.Home != "" {
		config = filepath.Join(sys.Home, ".config")
	}
	dirs := []string{filepath.Join(sys.etc(), "clustershell")}
	if sys.Home != "" {
		dirs = append(dirs, filepath.Join(sys.Home, ".local/etc/clustershell"))
	}
	dirs = append(dirs, "/usr/etc/clustershell")
	if config != "" {
		dirs = append(dirs, filepath.Join(config, "clustershell"))
	}
	if dir := sys.getenv("CLUSTERSHELL_CFGDIR"); dir != "" {
		dirs = append(dirs, dir)
	}
	return dirs
}

func (sys System) etc() string {
	if sys.Etc == "" {
		return "/etc"
	}
	return sys.Etc
}

// loadClusterShell reads the configuration. Without any there are no sources.
func loadClusterShell(sys System) (*clusterShell, error) {
	c := &clusterShell{sources: map[string]source{}, run: sys.Run}
	dirs := sys.configDirs()
	conf, cfgdir, err := readConf(dirs)
	if err != nil {
		return nil, err
	}
	autodirs := []string{filepath.Join(dirs[0], "groups.d"), "$CFGDIR/groups.d"}
	if cfgdir == "" {
		// No groups.conf, and so nothing for ClusterShell; the files of
		// groups that lie there say what they mean all the same.
		cfgdir = lastWithGroups(dirs)
	} else {
		if autodirs, err = dirList(conf, "autodir"); err != nil {
			return nil, err
		}
		if err := c.addConfDirs(conf, cfgdir); err != nil {
			return nil, err
		}
	}
	for _, dir := range distinctDirs(autodirs, cfgdir) {
		if err := c.addGlob(dir, "*.yaml", c.addYAML); err != nil {
			return nil, err
		}
	}
	for _, dir := range distinctDirs([]string{dirs[0], cfgdir}, cfgdir) {
		if err := c.addYAML(filepath.Join(dir, "groups.yaml")); err != nil {
			return nil, err
		}
	}
	if err := c.addSections(conf, filepath.Join(cfgdir, "groups.conf"), cfgdir); err != nil {
		return nil, err
	}
	return c, c.chooseStandard(conf)
}

// readConf reads groups.conf of all dirs; a later one replaces settings of an
// earlier one. cfgdir is the last directory that has one.
func readConf(dirs []string) (conf *ini, cfgdir string, err error) {
	conf = newINI()
	for _, dir := range dirs {
		path := filepath.Join(dir, "groups.conf")
		data, readable, err := readConfig(path)
		if err != nil {
			return nil, "", err
		}
		if !readable {
			continue
		}
		if err := conf.read(path, string(data)); err != nil {
			return nil, "", err
		}
		cfgdir = dir
	}
	return conf, cfgdir, nil
}

// readConfig reads a file of the configuration. One that is not there, or
// that is not for us to read, is passed over, as ClusterShell does.
func readConfig(path string) (data []byte, readable bool, err error) {
	data, err = files.Read(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read groups: %w", err)
	}
	return data, true, nil
}

// lastWithGroups returns the last of dirs that holds files of groups.
func lastWithGroups(dirs []string) string {
	for _, dir := range slices.Backward(dirs) {
		for _, name := range []string{"groups.d", "groups.yaml"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return dir
			}
		}
	}
	return dirs[0]
}

// dirList returns the directories that a setting of [Main] names.
func dirList(conf *ini, key string) ([]string, error) {
	text, err := conf.interpolated(mainSection, key)
	if err != nil {
		return nil, fmt.Errorf("groups.conf: %w", err)
	}
	dirs, err := splitWords(text, false)
	if err != nil {
		return nil, fmt.Errorf("groups.conf: [Main] %s: %w", key, err)
	}
	return dirs, nil
}

// distinctDirs puts cfgdir in for $CFGDIR, and drops repeats.
func distinctDirs(dirs []string, cfgdir string) []string {
	var all []string
	for _, dir := range dirs {
		dir = filepath.Clean(substitute(dir, map[string]string{"CFGDIR": cfgdir}))
		if !slices.Contains(all, dir) {
			all = append(all, dir)
		}
	}
	return all
}

// addConfDirs adds the sources of the files *.conf in the directories that
// [Main] groupsdir, or confdir, names.
func (c *clusterShell) addConfDirs(conf *ini, cfgdir string) error {
	key := "confdir"
	if _, set := conf.get(mainSection, "groupsdir"); set {
		key = "groupsdir"
	}
	dirs, err := dirList(conf, key)
	if err != nil {
		return err
	}
	for _, dir := range distinctDirs(dirs, cfgdir) {
		err := c.addGlob(dir, "*.conf", func(path string) error {
			data, readable, err := readConfig(path)
			if err != nil || !readable {
				return err
			}
			part := newINI()
			if err := part.read(path, string(data)); err != nil {
				return err
			}
			return c.addSections(part, path, dir)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addGlob calls add for the files of dir that pattern matches, by name.
func (c *clusterShell) addGlob(dir, pattern string, add func(path string) error) error {
	info, err := os.Stat(dir)
	if err != nil {
		return nil //nolint:nilerr // a directory that is not there holds nothing
	}
	if !info.IsDir() {
		return fmt.Errorf("groups.conf: %s is no directory", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read groups: %w", err)
	}
	for _, entry := range entries { // ReadDir sorts by name
		name := entry.Name()
		if !matches(pattern, name) || strings.HasPrefix(name, ".") {
			continue
		}
		if err := add(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func (c *clusterShell) addYAML(path string) error {
	data, readable, err := readConfig(path)
	if err != nil || !readable {
		return err
	}
	names, sources, err := parseGroupsYAML(path, data)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := c.add(name, sources[name]); err != nil {
			return err
		}
	}
	return nil
}

// addSections adds a source for each section of conf; a section may have
// several names, [slurmpart,sp].
func (c *clusterShell) addSections(conf *ini, path, dir string) error {
	for _, section := range conf.order {
		for name := range strings.SplitSeq(section, ",") {
			if name == mainSection {
				continue
			}
			mapping, set := conf.get(section, "map")
			if !set {
				return fmt.Errorf("%s: the source [%s] has no command map", path, section)
			}
			s := &commandSource{path: path, name: name, dir: dir, mapping: mapping, run: c.run}
			s.everything, _ = conf.get(section, "all")
			s.listing, _ = conf.get(section, "list")
			if err := c.add(name, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *clusterShell) add(name string, s source) error {
	if there, again := c.sources[name]; again {
		return fmt.Errorf("the group source %q is in %s and in %s", name, there.where(), s.where())
	}
	c.sources[name] = s
	c.order = append(c.order, name)
	return nil
}

// chooseStandard sets the source of groups that name none: [Main] default,
// else the first.
func (c *clusterShell) chooseStandard(conf *ini) error {
	name, err := conf.interpolated(mainSection, "default")
	if err != nil {
		return fmt.Errorf("groups.conf: %w", err)
	}
	if name != "" {
		if _, known := c.sources[name]; !known {
			return fmt.Errorf("groups.conf: [Main] default: there is no group source %q", name)
		}
		c.standard = name
	} else if len(c.order) > 0 {
		c.standard = c.order[0]
	}
	return nil
}
