package copies

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"clsh/runner/copying"
)

// Options are those of copying.
type Options struct {
	Copy      bool   `env:"-" short:"c" group:"Copying" help:"Copy files and directories, the words up to --, to every host."`
	Rcopy     bool   `env:"-" group:"Copying" help:"Copy files and directories from every host, into DIR/HOST/ of --dest."`
	Script    bool   `env:"-" group:"Copying" help:"Run FILE, the first word, on every host; the other words go with it."`
	Dest      string `env:"-" type:"name" group:"Copying" placeholder:"PATH" help:"Copy to PATH; PATH/ is the directory that the copies go into."`
	Preserve  bool   `env:"-" group:"Copying" help:"Keep the modes and times of what is copied."`
	MaxSize   string `env:"-" default:"1G" group:"Copying" placeholder:"SIZE" help:"With --rcopy, take at most SIZE bytes from a host (default: 1G)."`
	Chmod     string `env:"-" group:"Copying" placeholder:"MODE" help:"Give copied files this mode, such as 644."`
	LimitRate string `env:"-" group:"Copying" placeholder:"SIZE" help:"Send at most SIZE bytes per second to all hosts (default: no limit)."`
	Check     bool   `env:"-" group:"Copying" help:"With --copy, print what would change, with --diff how; change nothing."`
	Chown     string `env:"-" type:"name" group:"Copying" placeholder:"USER" help:"Give copied files to USER or USER:GROUP."`

	diff bool // --diff among the words
}

// Active returns the name of the option by which something is copied, or "".
func (o *Options) Active() string {
	switch {
	case o.Copy:
		return "copy"
	case o.Rcopy:
		return "rcopy"
	case o.Script:
		return "script"
	}
	return ""
}

// Unused returns the name of an option that has no effect, and of that which it needs, or "".
func (o *Options) Unused() (name, needs string) {
	for _, option := range []struct {
		name, needs string
		idle        bool
	}{
		{"max-size", "rcopy", o.MaxSize != defaultMaxSize && !o.Rcopy},
		{"dest", "copy", o.Dest != "" && !o.Copy && !o.Rcopy}, {"preserve", "copy", o.Preserve && !o.Copy && !o.Rcopy},
		{"check", "copy", o.Check && !o.Copy}, {"chmod", "copy", o.Chmod != "" && !o.Copy}, {"chown", "copy", o.Chown != "" && !o.Copy},
		{"limit-rate", "copy", o.LimitRate != "" && !o.Copy && !o.Script},
	} {
		if option.idle {
			return option.name, option.needs
		}
	}
	return "", ""
}

// Rate returns the value of --limit-rate in bytes per second; 0: no limit.
func (o *Options) Rate() (int64, error) {
	if o.LimitRate == "" {
		return 0, nil
	}
	return parseSize("limit-rate", o.LimitRate)
}

// Contradicts returns the name of a second way of copying beside Active, or "".
func (o *Options) Contradicts() string {
	switch {
	case (o.Copy || o.Rcopy) && o.Script:
		return "script"
	case o.Copy && o.Rcopy:
		return "rcopy"
	}
	return ""
}

// Copied reads the words of --copy: paths, options among them, and behind -- the command; o gets the options. diff says
// that --diff comes before them.
func (o *Options) Copied(words []string, diff bool) (copying.Options, error) {
	paths, command, err := o.words(words)
	if err != nil {
		return copying.Options{}, err
	}
	return o.copied(paths, command, diff)
}

// copied returns the options of a copy of paths.
func (o *Options) copied(paths []string, command string, diff bool) (copying.Options, error) {
	mode, err := parseMode(o.Chmod)
	if err == nil {
		err = checkOwner(o.Chown)
	}
	if name, needs := o.Unused(); err == nil && name != "" {
		err = fmt.Errorf("--%s: needs --%s", name, needs)
	}
	switch {
	case err != nil:
	case o.diff && !o.Check:
		err = errors.New("--diff: shows how files differ with --check\nhint: --check --diff; before the first path, --diff compares what the command prints")
	case o.Check && command != "":
		err = errors.New("--check: takes no command\nhint: what would run, would find the old files")
	}
	return copying.Options{
		Paths: paths, Dest: o.Dest, Preserve: o.Preserve, Mode: mode, Owner: o.Chown, Check: o.Check, Diff: o.diff || diff, Command: command,
	}, err
}

// Fetched reads the words of --rcopy; o gets the options among them.
func (o *Options) Fetched(words []string) (copying.FetchOptions, error) {
	paths, command, err := o.words(words)
	if err != nil {
		return copying.FetchOptions{}, err
	}
	if command != "" {
		return copying.FetchOptions{}, errors.New("--rcopy: takes no command\nhint: run it first, in a separate call")
	}
	return o.fetched(paths)
}

// fetched returns the options of a copy of paths from hosts.
func (o *Options) fetched(paths []string) (copying.FetchOptions, error) {
	if name, _ := o.Unused(); name != "" {
		return copying.FetchOptions{}, fmt.Errorf("--%s: needs --copy", name)
	}
	size, err := parseSize("max-size", o.MaxSize)
	return copying.FetchOptions{Paths: paths, Dest: o.Dest, MaxSize: size, Preserve: o.Preserve}, err
}

// words takes the words apart, and sets the options among them.
func (o *Options) words(words []string) (paths []string, command string, err error) {
	for i := 0; i < len(words); i++ {
		word := words[i]
		if word == "--" {
			if command = strings.Join(words[i+1:], " "); command == "" {
				return nil, "", errors.New("--: missing command\nhint: --copy PATH --dest DIR/ -- COMMAND")
			}
			break
		}
		if !strings.HasPrefix(word, "-") || word == "-" {
			paths = append(paths, word)
			continue
		}
		used, err := o.option(words[i:])
		if err != nil {
			return nil, "", err
		}
		i += used
	}
	if len(paths) == 0 {
		return nil, "", fmt.Errorf("--%s: missing PATH\nhint: clsh -h LIST --%s PATH --dest DIR/", o.Active(), o.Active())
	}
	return paths, command, nil
}

// option takes the option that words begin with, and returns how many more words it has used.
func (o *Options) option(words []string) (used int, err error) {
	name, value, hasValue := strings.Cut(words[0], "=")
	values := map[string]*string{"--dest": &o.Dest, "--chmod": &o.Chmod, "--chown": &o.Chown, "--max-size": &o.MaxSize, "--limit-rate": &o.LimitRate}
	switch target := values[name]; {
	case target != nil && hasValue:
		*target = value
		return 0, nil
	case target != nil && (len(words) == 1 || words[1] == "--"):
		return 0, fmt.Errorf("%s: missing value", name)
	case target != nil:
		*target = words[1]
		return 1, nil
	case words[0] == "--preserve":
		o.Preserve = true
		return 0, nil
	case words[0] == "--check":
		o.Check = true
		return 0, nil
	case words[0] == "--diff":
		o.diff = true
		return 0, nil
	case words[0] == "-p":
		return 0, errors.New("-p: means ssh's port, and goes before the first path\nhint: --preserve keeps modes and times")
	}
	return 0, fmt.Errorf("%s: unknown option among the paths\nhint: other options go before the first path; ./%s is a path", words[0], words[0])
}

// defaultMaxSize is the default of --max-size.
const defaultMaxSize = "1G"

// parseSize reads a number of bytes, or of KiB, MiB, GiB or TiB.
func parseSize(option, text string) (int64, error) {
	digits := strings.TrimRight(text, "KMGTkmgt")
	shift := map[string]int{"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
	n, err := strconv.ParseInt(digits, 10, 64)
	by, known := shift[strings.ToUpper(text[len(digits):])]
	if err != nil || !known || n < 1 || n > math.MaxInt64>>by {
		return 0, fmt.Errorf("--%s %q: is not a size\nhint: --%s 500M, 2G", option, text, option)
	}
	return n << by, nil
}

// parseMode reads a mode in octal digits.
func parseMode(text string) (*fs.FileMode, error) {
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil || n > 0o777 {
		return nil, fmt.Errorf("--chmod %q: is not a mode of three octal digits\nhint: --chmod 644", text)
	}
	mode := fs.FileMode(n)
	return &mode, nil
}

// checkOwner refuses what chown(1) would take for something else.
func checkOwner(owner string) error {
	user, group, hasGroup := strings.Cut(owner, ":")
	bad := func(name string) bool {
		return name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, ": \t\n\x00/")
	}
	if owner != "" && (bad(user) || hasGroup && bad(group)) {
		return fmt.Errorf("--chown %q: is not USER or USER:GROUP", owner)
	}
	return nil
}
