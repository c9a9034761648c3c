package copying

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// maxPath is the longest path, in bytes, that systems take (limits.h, PATH_MAX, with its NUL).
const maxPath = 4095

// A target is where a named file or directory goes on the hosts.
type target struct {
	source string // the path here
	dir    string // the directory there, as it was named
	inside bool   // dir was named with a slash at its end: it is made where it is missing
	name   string // the name in dir
}

// targets returns where paths go.
func targets(paths []string, dest string) ([]target, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("--copy: missing PATH\nhint: clsh -h LIST --copy PATH --dest DIR/")
	}
	var list []target
	taken := map[string]string{}
	for _, source := range paths {
		if source == "" {
			return nil, fmt.Errorf("--copy: an empty PATH")
		}
		t, err := targetOf(source, dest, len(paths))
		if err != nil {
			return nil, err
		}
		final := path.Join(t.dir, t.name)
		if other, ok := taken[final]; ok {
			return nil, fmt.Errorf("--copy %q: %q would become %s, too", source, other, final)
		}
		if len(final) > maxPath {
			return nil, fmt.Errorf("--copy %q: its path on a host would have %d bytes; %d are the most", source, len(final), maxPath)
		}
		taken[final] = source
		list = append(list, t)
	}
	return list, nil
}

func targetOf(source, dest string, paths int) (target, error) {
	own, err := filepath.Abs(source)
	if err != nil {
		return target{}, fmt.Errorf("--copy %q: %w", source, err)
	}
	name := filepath.Base(own)
	switch {
	case strings.ContainsRune(dest, 0):
		return target{}, fmt.Errorf("--dest %q: a path holds no NUL", dest)
	case dest == "" && !filepath.IsAbs(source):
		return target{}, fmt.Errorf("--copy %q: without --dest, a path must be absolute\nhint: --dest DIR/ names the directory on the hosts", source)
	case name == "/" && (dest == "" || strings.HasSuffix(dest, "/")):
		return target{}, fmt.Errorf("--copy %q: the root directory has no name\nhint: --dest NAME", source)
	case dest == "":
		return target{source: source, dir: filepath.Dir(own), name: name}, nil
	case strings.HasSuffix(dest, "/"):
		return target{source: source, dir: path.Clean(dest), inside: true, name: name}, nil
	case paths > 1:
		return target{}, fmt.Errorf("--dest %q: %d paths need a directory\nhint: --dest %s/", dest, paths, dest)
	}
	final := path.Clean(dest)
	if base := path.Base(final); base == "." || base == ".." {
		return target{}, fmt.Errorf("--dest %q: names no file\nhint: --dest %s/ copies into that directory", dest, dest)
	}
	return target{source: source, dir: path.Dir(final), name: path.Base(final)}, nil
}
