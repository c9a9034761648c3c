package hosts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
)

// ErrNoHosts says that nothing at all named a host: no option, no variable,
// no .hostfile. Its text is the original's.
var ErrNoHosts = errors.New("--hostfile 옵션이 제공되지 않았습니다")

// defaultFile is the host file of the current directory.
const defaultFile = ".hostfile"

// Selection is the options that choose hosts, as they were given: each
// element is one option's value.
type Selection struct {
	Hosts     []string // -h, -w: LISTs
	Hostfiles []string // --hostfile
	Groups    []string // -g: names of groups, without the @
	Exclude   []string // -x: LISTs
	All       bool     // -a: the group all
	Pick      int      // --pick: so many of them, at random; 0 is all of them
}

// System is all that a selection reads of its surroundings.
type System struct {
	// Getenv looks up an environment variable; empty is unset. nil: none is.
	Getenv func(string) string
	// Stdin is what the host file "-" reads.
	Stdin io.Reader
	// Home is the caller's home directory, ConfigHome where the caller's
	// configuration is ($XDG_CONFIG_HOME); Home/.config where it is empty.
	Home, ConfigHome string
	// Etc is where the system's configuration is; /etc where it is empty.
	Etc string
	// SSHConfig is the ssh configuration whose Host names a pattern can
	// match; Home/.ssh/config where it is empty.
	SSHConfig string
	// UID is who may own files that nobody has named (Trusted).
	UID int
	// Run runs a command of ClusterShell's groups.conf and returns what it
	// writes. An error is one of starting it, or that it did not exit with
	// 0. nil: a group source that is a command is an error.
	Run func(ctx context.Context, argv []string) (stdout []byte, err error)
}

func (sys System) getenv(name string) string {
	if sys.Getenv == nil {
		return ""
	}
	return sys.Getenv(name)
}

// Resolve returns the hosts of the selection, and notes for standard error.
// An error about the text of a LIST is a *syntaxError; without any source it
// is ErrNoHosts. ctx ends the commands of group sources.
func (s Selection) Resolve(ctx context.Context, sys System) (List, []string, error) {
	if s.Pick < 0 {
		return nil, nil, fmt.Errorf("--pick %d: the number of hosts cannot be negative", s.Pick)
	}
	r := newResolver(ctx, sys)
	for _, path := range s.Hostfiles {
		f, err := readFile(path, sys.Stdin)
		if err != nil {
			return nil, nil, err
		}
		r.files = append(r.files, f)
	}
	found, err := r.firstSource(s)
	if err != nil {
		return nil, r.notes, err
	}
	found = dropAliases(found)
	if found, err = r.exclude(found, s.Exclude); err != nil {
		return nil, r.notes, err
	}
	if len(found) == 0 {
		return nil, r.notes, errors.New("no host is left: the options name an empty set")
	}
	return sample(found, s.Pick), r.notes, nil
}

// sources returns the hosts of the first source there is: options that name
// hosts, host files, the environment, the default host file.
func (r *resolver) firstSource(s Selection) ([]Host, error) {
	if len(s.Hosts) > 0 || len(s.Groups) > 0 || s.All {
		return r.fromOptions(s)
	}
	if len(r.files) == 0 {
		value := r.sys.getenv("CLSH_HOSTS")
		if value != "" {
			r.note("use CLSH_HOSTS environment")
			return r.fromColonList(value)
		}
		if err := r.readImplicit(); err != nil {
			return nil, err
		}
	}
	var all set
	for _, f := range r.files {
		found, err := f.all(&r.eval)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("host file %q: there is no host in it", f.path)
		}
		all.add(found)
	}
	return all.list(), nil
}

// readImplicit reads the host file of CLSH_HOSTFILE or of the directory.
func (r *resolver) readImplicit() error {
	path := r.sys.getenv("CLSH_HOSTFILE")
	var f *hostFile
	var err error
	if path != "" {
		r.note("use hostfile '%s' (CLSH_HOSTFILE env)", path)
		f, err = readFile(path, r.sys.Stdin)
	} else {
		path = defaultFile
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return ErrNoHosts
		}
		r.note("use hostfile '%s' (default)", path)
		f, err = readTrusted(path, r.sys.UID)
	}
	if err != nil {
		return err
	}
	r.files = []*hostFile{f}
	return nil
}

// named returns the hosts that -h, -g and -a name.
func (r *resolver) fromOptions(s Selection) ([]Host, error) {
	var all set
	add := func(where, list string) error {
		if strings.TrimSpace(list) == "" {
			return fmt.Errorf("%s: the list is empty (a variable that is not set?)", where)
		}
		found, err := r.eval.list(where, list)
		if err == nil {
			all.add(found)
		}
		if err == nil && all.len() > maxHosts {
			err = fmt.Errorf("%s: %s", where, tooMany(uint64(all.len()), 0).problem)
		}
		return err
	}
	for _, list := range s.Hosts {
		if err := add("-h", list); err != nil {
			return nil, err
		}
	}
	for _, names := range s.Groups {
		if err := add("-g", prefixGroups(names)); err != nil {
			return nil, err
		}
	}
	if s.All {
		if err := add("-a", "@all"); err != nil {
			return nil, err
		}
	}
	return all.list(), nil
}

// atEach puts an @ before each name of a LIST of groups that has none.
func prefixGroups(names string) string {
	operands, bad := scan(names)
	if bad != nil {
		return "@" + names // the error will show it
	}
	var b strings.Builder
	for i, o := range operands {
		if i > 0 {
			b.WriteByte(o.op)
		}
		if o.text[0] != '@' {
			b.WriteByte('@')
		}
		b.WriteString(o.text)
	}
	return b.String()
}

// colonList reads CLSH_HOSTS, where colons outside brackets separate LISTs.
func (r *resolver) fromColonList(value string) ([]Host, error) {
	const where = "CLSH_HOSTS"
	var all set
	depth, start := 0, 0
	for i := 0; i <= len(value); i++ {
		if i < len(value) {
			depth += strings.Count(value[i:i+1], "[") - strings.Count(value[i:i+1], "]")
			if value[i] != ':' || depth > 0 {
				continue
			}
		}
		element := value[start:i]
		if strings.TrimSpace(element) == "" {
			return nil, newSyntaxError(where, value, start, errorAt(0, "empty element").withHint("put an IPv6 address into brackets"))
		}
		operands, bad := scan(element)
		if bad != nil {
			return nil, newSyntaxError(where, value, start, bad)
		}
		for j := range operands {
			operands[j].offset += start
		}
		found, err := r.eval.operands(where, value, operands)
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			if allDigits(h.Name) {
				return nil, newSyntaxError(where, value, start, errorAt(0, "host name %q is only digits", h.Name).withHint("colons separate hosts in CLSH_HOSTS, so a port cannot be given there"))
			}
		}
		all.add(found)
		start = i + 1
	}
	return all.list(), nil
}

// dropAliases drops the second of two names of one address: ::1 and [::1].
func dropAliases(all []Host) []Host {
	if !slices.ContainsFunc(all, func(h Host) bool { return h.Name[len(h.Name)-1] == ']' }) {
		return all
	}
	seen := make(map[Host]struct{}, len(all))
	return slices.DeleteFunc(all, func(h Host) bool {
		h.Name = ""
		_, again := seen[h]
		seen[h] = struct{}{}
		return again
	})
}

// pick leaves n of the hosts, chosen at random, in their order; all of them
// where n is 0.
func sample(all []Host, n int) []Host {
	if n == 0 || n >= len(all) {
		return all
	}
	places := rand.Perm(len(all))[:n]
	slices.Sort(places)
	left := make([]Host, n)
	for i, at := range places {
		left[i] = all[at]
	}
	return left
}
