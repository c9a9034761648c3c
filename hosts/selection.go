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

// ErrNoHosts is the error of a selection for which no option, no variable and no .hostfile names a
// host. Its text is that of the Python clsh.
var ErrNoHosts = errors.New("--hostfile 옵션이 제공되지 않았습니다")

// defaultFile is the host file of the current directory.
const defaultFile = ".hostfile"

// Selection is the options that choose hosts, as they were given. Each element is the value of one
// option.
type Selection struct {
	Hosts     []string // -h, -w: LISTs
	Hostfiles []string // --hostfile
	// Inventories are those of --inventory. They name hosts, and select none.
	Inventories []string
	Groups      []string // -g: LISTs of group names without the @
	Exclude     []string // -x: LISTs
	All         bool     // -a: the group all
	Pick        int      // --pick: the size of a random sample; 0 means all hosts
	Repeat      bool     // keep a host that is given several times, as the Python clsh does
}

// System is all that a selection reads of its environment.
type System struct {
	// Getenv returns an environment variable, or "" if it is unset. It may be nil.
	Getenv func(string) string
	// Stdin is the content of the host file "-". It may be nil.
	Stdin io.Reader
	// Home is the user's home directory.
	Home string
	// ConfigHome is the directory of the user's configuration ($XDG_CONFIG_HOME), by default
	// Home/.config.
	ConfigHome string
	// Etc is the directory of the system's configuration, by default /etc.
	Etc string
	// SSHConfig is the ssh configuration whose Host names a pattern can match, by default
	// Home/.ssh/config.
	SSHConfig string
	// UID is the user who may own files that are used without being named, see Trusted.
	UID int
	// Run runs a command of ClusterShell's groups.conf and returns its standard output. It returns
	// an error if the command cannot start or its exit status is not 0. If Run is nil, no command
	// can run, and a group that needs one is an error.
	//
	// An error with a method ExitCode tells the status.
	Run func(ctx context.Context, argv []string) (stdout []byte, err error)
	// Answers keeps what Run returned from one selection to the next; nil: nothing is kept.
	Answers *Answers
}

func (sys System) getenv(name string) string {
	if sys.Getenv == nil {
		return ""
	}
	return sys.Getenv(name)
}

// Resolve returns the hosts of the selection, and notes for standard error. Its error is ErrNoHosts
// if nothing names a host. ctx stops the commands of group sources.
func (s Selection) Resolve(ctx context.Context, sys System) (List, []string, error) {
	if s.Pick < 0 {
		return nil, nil, fmt.Errorf("--pick %d: must not be negative", s.Pick)
	}
	r, err := s.open(ctx, sys)
	if err != nil {
		return nil, nil, err
	}
	r.eval.repeat = s.Repeat
	found, err := r.firstSource(s)
	if err != nil {
		return nil, r.notes, err
	}
	if !s.Repeat {
		found = dropAliases(found)
	}
	if found, err = r.exclude(found, s.Exclude); err != nil {
		return nil, r.notes, err
	}
	if len(found) == 0 {
		return nil, r.notes, errors.New("no hosts left: the options select an empty set\nhint: --list without -x shows what is named")
	}
	found, err = r.applyInventory(sample(found, s.Pick))
	return found, r.notes, err
}

// open returns a resolver that has read the host files and inventories of the selection.
func (s Selection) open(ctx context.Context, sys System) (*resolver, error) {
	r := newResolver(ctx, sys)
	for _, path := range s.Hostfiles {
		f, err := readFile(path, sys.Stdin)
		if err != nil {
			return nil, err
		}
		r.files = append(r.files, f)
	}
	return r, r.useInventories(s.Inventories)
}

// firstSource returns the hosts of the first source that is given: options that name hosts, host
// files, CLSH_HOSTS, or the implicit host file.
func (r *resolver) firstSource(s Selection) ([]Host, error) {
	if len(s.Hosts) > 0 || len(s.Groups) > 0 || s.All {
		return r.fromOptions(s)
	}
	if len(r.files) == 0 && r.inventory != nil {
		return nil, errSelectsNone
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
	all := set{repeat: r.eval.repeat}
	for _, f := range r.files {
		found, err := f.all(&r.eval)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("host file %q: no hosts in it", f.path)
		}
		all.add(found)
	}
	return all.list(), nil
}

// readImplicit reads the host file that no option names: that of CLSH_HOSTFILE, or .hostfile.
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

// fromOptions returns the hosts that -h, -g and -a name.
func (r *resolver) fromOptions(s Selection) ([]Host, error) {
	all := set{repeat: r.eval.repeat}
	add := func(option, list string) error {
		if strings.TrimSpace(list) == "" {
			return emptyList(option)
		}
		found, err := r.eval.list(option, list)
		if err != nil {
			return err
		}
		all.add(found)
		if all.len() > maxHosts {
			return fmt.Errorf("%s: %w", option, tooMany(uint64(all.len()), 0))
		}
		return nil
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

// emptyList returns the error for a blank value of option.
func emptyList(option string) error {
	return fmt.Errorf("%s: empty list\nhint: the value may be a variable that is not set", option)
}

// prefixGroups puts an @ before each group name of a LIST that has none.
func prefixGroups(names string) string {
	operands, bad := scan(names)
	if bad != nil {
		return "@" + names // evaluating it reports the error
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

// fromColonList returns the hosts of CLSH_HOSTS: LISTs separated by colons outside brackets.
func (r *resolver) fromColonList(value string) ([]Host, error) {
	const where = "CLSH_HOSTS"
	all := set{repeat: r.eval.repeat}
	depth, start := 0, 0
	for i := range len(value) + 1 {
		if i < len(value) {
			switch value[i] {
			case '[':
				depth++
			case ']':
				depth--
			}
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
			if allDigits(h.Name) { // ssh would take it for an IPv4 address
				return nil, newSyntaxError(where, value, start, errorAt(0, "host name %q is only digits", h.Name).
					withHint("colons separate hosts in CLSH_HOSTS, so a port cannot be given there"))
			}
		}
		all.add(found)
		start = i + 1
	}
	return all.list(), nil
}

// dropAliases keeps the first of several names for one address, such as ::1 and [::1].
func dropAliases(all []Host) []Host {
	if !slices.ContainsFunc(all, func(h Host) bool { return strings.HasSuffix(h.Name, "]") }) {
		return all
	}
	return distinctBy(slices.Values(all), func(h Host) Host {
		h.Name = ""
		return h
	})
}

// sample returns n random hosts in their order, or all of them if n is 0.
func sample(all []Host, n int) []Host {
	if n == 0 || n >= len(all) {
		return all
	}
	indices := rand.Perm(len(all))[:n]
	slices.Sort(indices)
	hosts := make([]Host, n)
	for i, index := range indices {
		hosts[i] = all[index]
	}
	return hosts
}
