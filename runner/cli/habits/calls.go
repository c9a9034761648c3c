package habits

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Hosts separates what other tools write as hosts: "^FILE" and "-" are host files.
func Hosts(lists []string) (hosts, files []string, err error) {
	for _, list := range lists {
		file, isFile := strings.CutPrefix(list, "^")
		switch {
		case list == "-":
			files = append(files, list)
			continue
		case isFile && file != "" && !strings.ContainsRune(file, ','):
			files = append(files, file)
			continue
		case LooksLikeFile(list):
			return nil, nil, fmt.Errorf("--hosts: %s is a file, not a host\nhint: --hostfile %s", list, list)
		}
		hosts = append(hosts, list)
	}
	if len(hosts) > 0 && len(files) > 0 {
		return nil, nil, errors.New("--hosts: a host file goes with no other hosts\nhint: write these into the file, or --hostfile FILE alone")
	}
	return hosts, files, nil
}

// LooksLikeFile reports whether a LIST is the name of a file that holds hosts: one that is there,
// and that nobody would call a host like that.
func LooksLikeFile(list string) bool {
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

// SSHOptions takes options for ssh apart that are written as clush has them, with -o before each:
// "-oA=1 -oB=2".
func SSHOptions(options []string) (all []string, err error) {
	for _, o := range options {
		if strings.HasPrefix(o, "-") && !strings.HasPrefix(o, "-o") {
			return nil, fmt.Errorf("-o %s: an option of ssh is given without its dash\nhint: -o KEY=VALUE, as in ssh_config(5); -p PORT, -J HOST, -F FILE, -4 and -6 are taken as ssh has them", o)
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
	return all, nil
}

// Exclusions separates the elements of a LIST that begin with a dash, as pdsh writes an exclusion. A dash
// inside brackets belongs to a range.
func Exclusions(list string) (kept string, excluded []string) {
	var rest []string
	for _, element := range splitOutsideBrackets(list) {
		if name, ok := strings.CutPrefix(element, "-"); ok && name != "" {
			excluded = append(excluded, name)
			continue
		}
		rest = append(rest, element)
	}
	return strings.Join(rest, ","), excluded
}

// splitOutsideBrackets splits a LIST at its commas.
func splitOutsideBrackets(list string) []string {
	var elements []string
	depth, start := 0, 0
	for i, r := range list {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == ',' && depth == 0:
			elements = append(elements, list[start:i])
			start = i + 1
		}
	}
	return append(elements, list[start:])
}
