package hosts

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"clsh/runner/files"
)

// clusterShell is the group sources of ClusterShell's configuration, see groups.conf(5).
type clusterShell struct {
	sources map[string]source
	names   []string // of the sources, in the order of their definition
	// defaultSource is the source of groups that name none; "" if there are no sources.
	defaultSource string
	sys           System
}

// mainSection is the section of groups.conf with settings. Every other section is a source.
const mainSection = "Main"

// configDirs returns the directories of ClusterShell's configuration. Later ones override earlier
// ones. The list is that of config_paths in ClusterShell's Defaults.py, for a Python in /usr.
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

// loadClusterShell reads the configuration. If there is none, there are no sources.
func loadClusterShell(sys System) (*clusterShell, error) {
	c := &clusterShell{sources: map[string]source{}, sys: sys}
	dirs := sys.configDirs()
	conf, cfgdir, err := readConf(dirs)
	if err != nil {
		return nil, err
	}
	autodirs := []string{filepath.Join(dirs[0], "groups.d"), "$CFGDIR/groups.d"}
	if cfgdir == "" {
		// Without groups.conf, ClusterShell reads nothing. The group files are clear without it.
		cfgdir = lastDirWithGroups(dirs)
	} else {
		if autodirs, err = dirList(conf, "autodir"); err != nil {
			return nil, err
		}
		if err := c.addConfDirs(conf, cfgdir); err != nil {
			return nil, err
		}
	}
	for _, dir := range expandDirs(autodirs, cfgdir) {
		if err := c.addGlob(dir, "*.yaml", c.addYAML); err != nil {
			return nil, err
		}
	}
	for _, dir := range expandDirs([]string{dirs[0], cfgdir}, cfgdir) {
		if err := c.addYAML(filepath.Join(dir, "groups.yaml")); err != nil {
			return nil, err
		}
	}
	if err := c.addSections(conf, filepath.Join(cfgdir, "groups.conf"), cfgdir); err != nil {
		return nil, err
	}
	return c, c.chooseDefault(conf)
}

// readConf reads groups.conf in all dirs. Settings of later files override those of earlier ones.
// cfgdir is the last directory that has a groups.conf.
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

// readConfig reads a configuration file. Like ClusterShell, it ignores a file that does not exist
// or that the user may not read.
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

// lastDirWithGroups returns the last of dirs that has group files, or else the first of dirs.
func lastDirWithGroups(dirs []string) string {
	for _, dir := range slices.Backward(dirs) {
		for _, name := range []string{"groups.d", "groups.yaml"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return dir
			}
		}
	}
	return dirs[0]
}

// dirList returns the directories that the setting key of [Main] names.
func dirList(conf *ini, key string) ([]string, error) {
	text, err := conf.interpolate(mainSection, key)
	if err != nil {
		return nil, fmt.Errorf("groups.conf: %w", err)
	}
	dirs, err := splitWords(text, false)
	if err != nil {
		return nil, fmt.Errorf("groups.conf: [Main] %s: %w", key, err)
	}
	return dirs, nil
}

// expandDirs replaces $CFGDIR by cfgdir and drops repeats.
func expandDirs(dirs []string, cfgdir string) []string {
	expanded := make([]string, len(dirs))
	for i, dir := range dirs {
		expanded[i] = filepath.Clean(substitute(dir, map[string]string{"CFGDIR": cfgdir}))
	}
	return distinct(slices.Values(expanded))
}

// addConfDirs adds the sources of the files *.conf in the directories of [Main] groupsdir or, if
// that is not set, confdir.
func (c *clusterShell) addConfDirs(conf *ini, cfgdir string) error {
	key := "confdir"
	if _, set := conf.get(mainSection, "groupsdir"); set {
		key = "groupsdir"
	}
	dirs, err := dirList(conf, key)
	if err != nil {
		return err
	}
	for _, dir := range expandDirs(dirs, cfgdir) {
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

// addGlob calls add for the files in dir that match pattern, in the order of their names.
func (c *clusterShell) addGlob(dir, pattern string, add func(path string) error) error {
	info, err := os.Stat(dir)
	if err != nil {
		return nil //nolint:nilerr // a directory that does not exist is empty
	}
	if !info.IsDir() {
		return fmt.Errorf("groups.conf: %s: not a directory", dir)
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

// addYAML adds the sources of a YAML file.
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

// addSections adds a source for each name of each section of conf. A section may have several
// names: [slurmpart,sp].
func (c *clusterShell) addSections(conf *ini, path, dir string) error {
	for _, section := range conf.order {
		for name := range strings.SplitSeq(section, ",") {
			if name == mainSection {
				continue
			}
			s := &commandSource{path: path, name: name, dir: dir, sys: c.sys}
			for key, command := range map[string]*string{"map": &s.mapping, "mapall": &s.mappings, "all": &s.everything, "list": &s.listing} {
				*command, _ = conf.get(section, key)
			}
			if s.mapping == "" && s.mappings == "" {
				return fmt.Errorf("%s: [%s]: missing the command map or mapall", path, section)
			}
			var err error
			if s.keep, err = cacheTime(conf, section); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if err := c.add(name, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// cacheTime returns how long the answers of a section's commands are kept.
func cacheTime(conf *ini, section string) (time.Duration, error) {
	text, set := conf.get(section, "cache_time")
	if !set {
		return keepAnswers, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) {
		return 0, fmt.Errorf("[%s] cache_time: %q is not a number of seconds", section, text)
	}
	return time.Duration(min(max(seconds, 0), math.MaxInt32) * float64(time.Second)), nil
}

func (c *clusterShell) add(name string, s source) error {
	if other, ok := c.sources[name]; ok {
		return fmt.Errorf("group source %q: defined in both %s and %s", name, other.where(), s.where())
	}
	c.sources[name] = s
	c.names = append(c.names, name)
	return nil
}

// chooseDefault sets the default source: that of [Main] default, else the first.
func (c *clusterShell) chooseDefault(conf *ini) error {
	name, err := conf.interpolate(mainSection, "default")
	if err != nil {
		return fmt.Errorf("groups.conf: %w", err)
	}
	if name == "" && len(c.names) > 0 {
		name = c.names[0]
	}
	if _, known := c.sources[name]; name != "" && !known {
		return fmt.Errorf("groups.conf: [Main] default: unknown group source %q", name)
	}
	c.defaultSource = name
	return nil
}
