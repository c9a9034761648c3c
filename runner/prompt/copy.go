package prompt

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"clsh/runner/copying"
	"clsh/runner/event"
	"clsh/runner/remote"
	"clsh/runner/shells"
)

// put copies files to the hosts.
func (s *session) put(arg string) (err error) {
	plan, meter, err := s.cfg.Copies.Put(arg, s.atHome)
	if err != nil {
		return ownError(err.Error())
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	for _, note := range plan.Notes {
		if s.cfg.Show.Quiet {
			break
		}
		if err := s.printLine("Note: %s", note); err != nil {
			return err
		}
	}
	return s.copy(copying.StageCommand, meter, func(dirs []string, next event.Sink) *transfer {
		all := copying.NewCopy(plan, meter, len(dirs), nil, next)
		all.Dirs = dirs
		return &transfer{sink: all, feed: all.Feed, judge: all.Judge, stage: plan.Stage()}
	})
}

// get copies files from the hosts.
func (s *session) get(arg string) (err error) {
	fetch, err := s.cfg.Copies.Get(arg, s.list.Names(), s.atHome)
	if err != nil {
		return ownError(err.Error())
	}
	defer func() { err = errors.Join(err, fetch.Release()) }()
	return s.copy(copying.Command, &copying.Meter{}, func(dirs []string, next event.Sink) *transfer {
		fetch.Dirs = dirs
		return &transfer{sink: fetch, feed: fetch.Feed, judge: fetch.Judge, begin: func(stop func(int)) { fetch.Begin(next, stop) }}
	})
}

// copy does what start returns on the hosts that commands go to, where command begins it.
func (s *session) copy(command string, meter *copying.Meter, start func(dirs []string, next event.Sink) *transfer) error {
	cfg := s.cfg.Copies.Run
	cfg.Hosts = s.list
	c := &copier{
		kept: s.shells, located: s.cfg.Login == nil, start: start,
		logins: logins{cfg: cfg, left: make([]bool, len(s.list)), beside: s.shells.Beside},
	}
	return s.execute(work{command: command, run: c.run, kill: c.kill, meter: meter}, s.targets())
}

// A copier copies files, by a login of its own to each host: what is sent goes beside the session's
// shells, which take no input.
type copier struct {
	kept    sessions
	located bool // the kept shells have directories
	start   func(dirs []string, next event.Sink) *transfer
	logins  logins
}

// directoryCommand prints the directory of a shell between two marks, whatever else prints.
const directoryCommand = `{ command printf '\036directory %s\036' "$PWD"; } 2>/dev/null`

// run finds out where the shells of t's hosts are, and copies from or to there.
func (c *copier) run(t shells.Task) (*event.Summary, []shells.Reopened, error) {
	found := &directories{Sink: t.Sink, dirs: make([]string, len(c.logins.cfg.Hosts)), text: map[int][]byte{}}
	var opened []shells.Reopened
	if c.located {
		ask := t
		ask.Command, ask.Sink = remote.PreserveStatus(directoryCommand), found
		sum, reopened, err := c.kept.Run(ask)
		if err != nil || len(found.ranks) == 0 {
			return sum, reopened, err
		}
		opened, t.Ranks = reopened, found.ranks
	}
	if found.lost && !t.KeepGoing {
		over := make(chan struct{})
		close(over)
		t.Stop = over
	}
	next := c.start(found.dirs, t.Sink)
	c.logins.copies, t.Sink = next, next.sink
	sum, _, err := c.logins.Run(t)
	return sum, opened, err
}

// kill kills every ssh at once.
func (c *copier) kill() {
	c.kept.Kill()
	c.logins.Kill()
}

// maxText is how many bytes of what a host prints in the meantime are kept, at least.
const maxText = 64 << 10

// directories reads what directoryCommand prints on each host. Hosts where that fails have ended.
type directories struct {
	event.Sink
	dirs  []string // by rank
	ranks []int    // of the hosts whose directory is known
	lost  bool     // a host was lost

	text map[int][]byte // by rank
}

// Event keeps the directories and passes the rest on.
func (d *directories) Event(e event.Event) error {
	switch {
	case e.Kind == event.Started:
		return nil // it is yet to come
	case e.Kind == event.Output && e.Stream == event.Stdout && len(d.text[e.Host]) < maxText:
		d.text[e.Host] = append(d.text[e.Host], e.Data...)
		return nil
	case e.Kind == event.Ended:
		return d.ended(e)
	}
	return d.Sink.Event(e)
}

func (d *directories) ended(e event.Event) error {
	d.lost = d.lost || e.Result.IsLost()
	before, rest, _ := bytes.Cut(d.text[e.Host], []byte("\x1edirectory "))
	dir, after, whole := bytes.Cut(rest, []byte("\x1e"))
	if other := slices.Concat(before, after); len(other) > 0 { // of jobs in the background
		if err := d.Sink.Event(event.Event{Kind: event.Output, Host: e.Host, Time: e.Time, Stream: event.Stdout, Data: other}); err != nil {
			return err
		}
	}
	if whole && strings.HasPrefix(string(dir), "/") && e.Result.Outcome == event.Exited {
		d.dirs[e.Host], d.ranks = string(dir), append(d.ranks, e.Host)
		return nil
	}
	if result := *e.Result; result.Outcome == event.Exited {
		result.Code, e.Result = max(result.Code, 1), &result
		why := event.Event{Kind: event.Output, Host: e.Host, Time: e.Time, Stream: event.Stderr, Data: []byte("clsh: its shell did not print its directory; nothing was copied\n")}
		if err := d.Sink.Event(why); err != nil {
			return err
		}
	}
	return d.Sink.Event(e)
}
