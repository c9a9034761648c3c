package cli

import (
	"os"
	"slices"
	"strings"

	"clsh/runner/cli/usage"
)

// hostHabits changes what other tools write as hosts: "^FILE" and "-" are host files.
func (c *Command) hostHabits() error {
	var kept []string
	for _, list := range c.Hosts {
		file, isFile := strings.CutPrefix(list, "^")
		switch {
		case list == "-":
			c.Hostfile = append(c.Hostfile, list)
			continue
		case isFile && file != "" && !strings.ContainsRune(file, ','):
			c.Hostfile = append(c.Hostfile, file)
			continue
		case looksLikeFile(list):
			return usage.Errorf("--hosts: %s is a file, not a host\nhint: --hostfile %s", list, list)
		}
		kept = append(kept, list)
	}
	if len(kept) > 0 && len(kept) < len(c.Hosts) {
		return usage.Errorf("--hosts: a host file goes with no other hosts\nhint: write these into the file, or --hostfile FILE alone")
	}
	c.Hosts = kept
	return nil
}

// looksLikeFile reports whether a LIST is the name of a file that holds hosts: one that is there,
// and that nobody would call a host like that.
func looksLikeFile(list string) bool {
	name := list[strings.LastIndexByte(list, '/')+1:]
	known := slices.Contains([]string{"hosts", "hostfile", "hostfile.txt", "inventory", "machines", "nodes"}, name)
	for _, ending := range []string{".txt", ".ini", ".lst", ".list", ".hosts", ".yml", ".yaml", ".cfg", ".conf"} {
		known = known || strings.HasSuffix(name, ending)
	}
	if !known && name == list {
		return false
	}
	info, err := os.Stat(list)
	return err == nil && info.Mode().IsRegular()
}

// sshOptions takes options for ssh apart that are written as clush has them, with -o before each:
// "-oA=1 -oB=2".
func (c *Command) sshOptions() error {
	var all []string
	for _, o := range c.Option {
		if strings.HasPrefix(o, "-") && !strings.HasPrefix(o, "-o") {
			return usage.Errorf("-o %s: an option of ssh is given without its dash\nhint: -o KEY=VALUE, as in ssh_config(5); -p PORT, -J HOST, -F FILE, -4 and -6 are taken as ssh has them", o)
		}
		if !strings.HasPrefix(o, "-o") {
			all = append(all, o)
			continue
		}
		for part := range strings.SplitSeq(" "+o, " -o") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	c.Option = all
	return nil
}
