package prompt

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"clsh/hosts"
	"clsh/runner/copying"
	"clsh/runner/event"
	"clsh/runner/prompt/input"
	"clsh/runner/remote"
	"clsh/runner/shells"
	"clsh/runner/sink"
)

// rule is printed before and after a command's results, as the Python clsh does.
const rule = "-----\n"

// renewIdleSink replaces what shows events between commands, for the current hosts.
func (s *session) renewIdleSink() error {
	show := s.showing()
	show.Gather, show.GatherBoth, show.Normalize, show.Live, show.Progress = false, false, false, false, sink.Never
	next, err := sink.New(show)
	if err != nil {
		return err
	}
	old := *s.idleSink
	change := func() { s.idleSink.sink = next }
	if s.shells == nil {
		change()
	} else {
		s.shells.Beside(change)
	}
	return old.Close(nil)
}

// showing returns how results are shown.
func (s *session) showing() sink.Config {
	show := s.cfg.Show
	show.Names, show.Fold = s.list.Names(), hosts.Fold
	show.Out, show.Err, show.Quiet, show.Summary, show.NoSummary = "", "", false, false, true
	show.Console = s.console
	if !s.watched() {
		show.Progress = sink.Never
	}
	show.Gather = s.gather && !show.GatherBoth
	show.GatherBoth = s.gather && show.GatherBoth
	if !s.gather {
		show.Live, show.Normalize = false, false
	}
	show.Stdout = s.out
	show.Stderr = s.cfg.Stderr
	if show.StderrTerminal && s.cfg.Terminal || show.Compat {
		show.Stderr = s.out
	}
	return show
}

// watched reports whether somebody watches a command: then there are a status line, and
// lines for what failed.
func (s *session) watched() bool {
	return s.cfg.Terminal && !s.cfg.Show.Quiet && !s.cfg.Show.Compat
}

// command runs text on the hosts of ranks and shows the results.
func (s *session) command(text string, ranks []int) error {
	if len(text) > remote.MaxCommand {
		return s.printLine("%s", input.TooLong(len(text)))
	}
	return s.execute(work{command: text, run: s.shells.Run, kill: s.shells.Kill}, ranks)
}

// work is what the hosts of a session do between two prompts.
type work struct {
	command string
	run     func(t shells.Task) (*event.Summary, []shells.Reopened, error)
	kill    func()         // kills every ssh of it at once
	meter   *copying.Meter // of a copy, or nil
}

// execute does work on the hosts of ranks and shows the results.
func (s *session) execute(w work, ranks []int) error {
	if len(ranks) == 0 {
		return s.printLine("no host is left to talk to; :hosts shows them, :reconnect connects again to lost ones, :all undoes :only")
	}
	s.results.reset()
	if _, err := s.screen.Write([]byte(rule)); err != nil {
		return bare(err)
	}
	show := s.showing()
	show.Ranks = ranks
	if w.meter != nil {
		show.Moved, show.MovedTo = w.meter.Moved, w.meter.MovedTo
	}
	shown, err := sink.New(show)
	if err != nil {
		return err
	}
	ends := &endCollector{Sink: shown, results: map[int]*event.Result{}}
	opened, err := s.attendWork(w, shells.Task{
		Command: w.command, Ranks: ranks, Timeout: s.timeout, KeepGoing: s.cfg.KeepGoing, Fanout: s.cfg.Shells.Fanout, Sink: ends,
	}, shown)
	if err != nil {
		return err
	}
	for rank, result := range ends.results {
		gone := result.Outcome == event.Lost || result.Outcome == event.Unreachable
		s.aside[rank] = s.aside[rank] || gone && s.shells.State(rank) == shells.Lost
		s.lost = s.lost || result.IsLost() && !s.cfg.KeepGoing
	}
	if s.lost {
		return nil
	}
	if _, err := s.screen.Write([]byte(rule)); err != nil {
		return bare(err)
	}
	if err := s.reportEnds(ends.results, show); err != nil {
		return err
	}
	opened = append(s.reopened, opened...)
	s.reopened = nil
	return s.reportReopened(opened)
}

// reportEnds prints which hosts failed, as show says, which ran past the limit, and what a
// stop left running.
func (s *session) reportEnds(results map[int]*event.Result, show sink.Config) error {
	var late []int
	var left []string
	for _, rank := range slices.Sorted(maps.Keys(results)) {
		result := results[rank]
		if result.Outcome == event.Timeout {
			late = append(late, rank)
		}
		if len(result.LeftRunning) > 0 {
			left = append(left, fmt.Sprintf("left running: %s: %s", s.list[rank].Name, strings.Join(result.LeftRunning, ", ")))
		}
	}
	if s.watched() || show.Moved != nil && !s.cfg.Show.Quiet {
		if _, err := io.WriteString(s.screen, show.Failures(results)); err != nil {
			return bare(err)
		}
	}
	if len(late) > 0 {
		left = append([]string{fmt.Sprintf("Note: %s: stopped after %s (:timeout)", s.fold(late), s.timeout)}, left...)
	}
	for _, line := range left {
		if err := s.printLine("%s", line); err != nil {
			return err
		}
	}
	return nil
}

// reportReopened prints which shells have ended and were opened again, by exit status.
func (s *session) reportReopened(opened []shells.Reopened) error {
	slices.SortFunc(opened, func(a, b shells.Reopened) int { return a.Rank - b.Rank })
	byStatus := map[int][]int{}
	var order []int
	for _, o := range opened {
		if byStatus[o.Status] == nil {
			order = append(order, o.Status)
		}
		byStatus[o.Status] = append(byStatus[o.Status], o.Rank)
	}
	for _, status := range order {
		err := s.printLine("Note: %s: the shell has ended (exit status %d) and was reopened; its directory and variables are gone", s.fold(byStatus[status]), status)
		if err != nil {
			return err
		}
	}
	return nil
}

// An endCollector passes events on and keeps how the hosts ended.
type endCollector struct {
	event.Sink
	results map[int]*event.Result // by rank
}

// Event passes e on.
func (c *endCollector) Event(e event.Event) error {
	if e.Kind == event.Ended {
		result := *e.Result
		c.results[e.Host] = &result
	}
	return c.Sink.Event(e)
}

// attendWork runs a task. ^C stops it; a signal acts as in batch mode, and ends the session.
// attendWork closes shown.
func (s *session) attendWork(w work, t shells.Task, shown event.Sink) ([]shells.Reopened, error) {
	stop, drain := make(chan struct{}), make(chan struct{})
	t.Stop, t.Drain = stop, drain
	stopOnce, drainOnce := sync.OnceFunc(func() { close(stop) }), sync.OnceFunc(func() { close(drain) })
	var sum *event.Summary
	var opened []shells.Reopened
	var err error
	done := make(chan struct{})
	var ticking sync.WaitGroup
	if s.watched() {
		s.pulsing = true
		defer func() { s.pulsing = false }()
		ticking.Go(func() { s.pulse(shown, done) })
	}
	if err := s.attend(func() {
		defer close(done)
		sum, opened, err = w.run(t)
	}, func(sig syscall.Signal) {
		if sig != 0 && s.ended != 0 {
			w.kill() // the second one
		}
		if sig != 0 {
			s.ended = sig
		}
		if sig == syscall.SIGTERM {
			drainOnce() // what runs is not stopped
			return
		}
		stopOnce()
	}); err != nil {
		return nil, err
	}
	ticking.Wait()
	return opened, errors.Join(err, shown.Close(sum))
}

// tickEvery is how often the status line is drawn.
const tickEvery = 200 * time.Millisecond

// pulse makes shown draw the status line, and print the states when asked, until done is
// closed.
func (s *session) pulse(shown event.Sink, done <-chan struct{}) {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	for {
		e := event.Event{Kind: event.Tick}
		select {
		case e.Time = <-t.C:
		case <-s.asked:
			e = event.Event{Kind: event.Show, Time: time.Now()}
		case <-done:
			return
		}
		s.shells.Beside(func() { _ = shown.Event(e) }) // the results get the same error
	}
}
