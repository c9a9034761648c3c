package copying

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"clsh/runner/conn"
	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/remote"
)

// FetchOptions say what is copied from the hosts.
type FetchOptions struct {
	Paths    []string
	Dest     string // the directory here: what comes from a host goes into one of its name below it
	MaxSize  int64  // bytes that a host may send
	Preserve bool   // keep modes and times
}

// A Fetch is a run that copies files from hosts. It is the run's sink, and the caller must call Close.
type Fetch struct {
	// Dirs has by rank where relative paths begin; empty: in the home directory of the login.
	Dirs []string

	options FetchOptions
	names   map[string]bool
	request []byte
	hosts   []string
	next    event.Sink
	stop    func(rank int)

	mu     sync.Mutex
	dest   *os.Root
	parts  []*part        // by rank
	folded map[string]int // the rank of a host's directory, by its name in lower case
}

// NewFetch makes the directory, and returns a Fetch from hosts of these names.
func NewFetch(o FetchOptions, hosts []string) (*Fetch, error) {
	f := &Fetch{
		Dirs: make([]string, len(hosts)), options: o, hosts: hosts,
		names: map[string]bool{}, parts: make([]*part, len(hosts)), folded: map[string]int{},
	}
	if o.Dest == "" {
		return nil, errors.New("--rcopy: missing --dest\nhint: clsh -h LIST --rcopy PATH --dest DIR/")
	}
	var plan strings.Builder
	for _, remotePath := range o.Paths {
		clean := path.Clean(remotePath)
		name := path.Base(clean)
		switch {
		case name == "/" || name == "." || name == ".." || name == "~":
			return nil, fmt.Errorf("--rcopy %q: names no file\nhint: give its own name, as in /etc/ssh", remotePath)
		case f.names[name]:
			return nil, fmt.Errorf("--rcopy %q: another path has the name %s, too", remotePath, name)
		case len(clean) > maxPath:
			return nil, fmt.Errorf("--rcopy: a path of %d bytes; %d are the most", len(clean), maxPath)
		}
		f.names[name] = true
		fmt.Fprintf(&plan, "pick %s\n", remote.Quote([]string{clean}))
	}
	f.request = append(request(collectSource, plan.String()), "commit\n"...)
	if err := os.Mkdir(o.Dest, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("--dest %q: %w", o.Dest, files.Bare(err))
	}
	var err error
	if f.dest, err = os.OpenRoot(o.Dest); err != nil {
		return nil, fmt.Errorf("--dest %q: %w", o.Dest, files.Bare(err))
	}
	return f, nil
}

// Begin sets the sink behind f, and what stops a host that sends what it must not.
func (f *Fetch) Begin(next event.Sink, stop func(rank int)) { f.next, f.stop = next, stop }

// Release gives the directory back, after the run.
func (f *Fetch) Release() error { return f.dest.Close() }

// Feed returns what a host gets, for conn.Options.
func (f *Fetch) Feed(rank int) *conn.Feed {
	feed := conn.NewFeed(inDirectory(f.Dirs[rank], f.request)...)
	feed.End()
	return feed
}

// Event takes what hosts send, stops one that sends what cannot be used, and reports at their end what
// was wrong with it.
func (f *Fetch) Event(e event.Event) error {
	switch {
	case e.Kind == event.Output && e.Stream == event.Stdout:
		if !f.part(e.Host, true).write(e.Data) {
			f.stop(e.Host)
		}
		return nil
	case e.Kind == event.Ended:
		for _, note := range f.part(e.Host, false).take() {
			line := event.Event{Kind: event.Output, Host: e.Host, Time: e.Time, Stream: event.Stderr, Data: []byte("clsh: " + note + "\n")}
			if err := f.next.Event(line); err != nil {
				return err
			}
		}
	}
	return f.next.Event(e)
}

// Close closes the sink behind f.
func (f *Fetch) Close(s *event.Summary) error { return f.next.Close(s) }

// part returns what has come from a host; nil where nothing has and start is not set.
func (f *Fetch) part(rank int, start bool) *part {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.parts[rank] == nil && start {
		f.parts[rank] = f.begin(rank)
	}
	return f.parts[rank]
}

// begin makes the directory of a host. Where names differ by case and the file system does not see
// it, the second host is refused.
func (f *Fetch) begin(rank int) *part {
	name := f.hosts[rank]
	if strings.ContainsAny(name, "/\x00") {
		return &part{err: errors.New("its name cannot be that of a directory")}
	}
	where := path.Join(f.options.Dest, name)
	if err := f.dest.Mkdir(name, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return &part{err: here(where, err)}
	}
	if info, err := f.dest.Lstat(name); err != nil || !info.IsDir() {
		return &part{err: fmt.Errorf("%s: is not a directory", where)}
	}
	lower := strings.ToLower(name)
	if other, taken := f.folded[lower]; taken {
		a, err := f.dest.Lstat(name)
		b, err2 := f.dest.Lstat(f.hosts[other])
		if err != nil || err2 != nil || os.SameFile(a, b) {
			return &part{err: fmt.Errorf("%s: is the directory of %s on this file system", where, f.hosts[other])}
		}
	}
	f.folded[lower] = rank
	root, err := f.dest.OpenRoot(name)
	if err != nil {
		return &part{err: here(where, err)}
	}
	return newPart(root, where, f.names, &f.options)
}

// Judge puts what a host has sent into place, if all of it has come, for runner.Config.
func (f *Fetch) Judge(rank int, result *event.Result) {
	whole := result.Outcome == event.Exited && result.Code == 0
	p := f.part(rank, whole)
	changed, failed := p.finish(whole)
	switch {
	case result.Outcome == event.NotStarted || result.Outcome == event.Unreachable:
		return
	case failed: // what it sent, or this side, was at fault: a stop of ours is no outcome of the host's
		*result = event.Result{Outcome: event.Exited, Code: 1, Duration: result.Duration, NewKey: result.NewKey, Attempts: result.Attempts, Copied: event.CopyFailed}
	case !whole:
		result.Copied = event.CopyFailed
	case changed:
		result.Copied, result.Digest = event.Changed, p.digest
	default:
		result.Copied, result.Digest = event.Unchanged, p.digest
	}
}
