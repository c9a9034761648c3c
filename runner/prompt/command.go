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
	"clsh/runner/event"
	"clsh/runner/remote"
	"clsh/runner/shells"
	"clsh/runner/sink"
)

// rule stands around a command's results, as with the original.
const rule = "-----\n"

// between gets what comes while no command runs. It is only called by the
// engine, and changed beside that.
type between struct {
	sink event.Sink
	over bool // the session is left: nothing is shown any more
}

// Event passes an event on.
func (b *between) Event(e event.Event) error {
	if b.over {
		return nil
	}
	return b.sink.Event(e)
}

// Close closes the sink.
func (b *between) Close(sum *event.Summary) error {
	if b.sink == nil {
		return nil
	}
	return b.sink.Close(sum)
}

// renew makes the sink between commands anew, for the hosts of now.
func (s *session) renew() error {
	show := s.show()
	show.Gather, show.GatherBoth, show.Normalize, show.Live, show.Progress = false, false, false, false, sink.Never
	next, err := sink.New(show)
	if err != nil {
		return err
	}
	old := *s.between
	change := func() { s.between.sink = next }
	if s.shells == nil {
		change()
	} else {
		s.shells.Beside(change)
	}
	return old.Close(nil)
}

// show returns how results are shown.
func (s *session) show() sink.Config {
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

// watched reports whether somebody watches a command: there is a status line, and a
// line for what failed.
func (s *session) watched() bool {
	return s.cfg.Terminal && !s.cfg.Show.Quiet && !s.cfg.Show.Compat
}

// command runs text on the hosts of ranks and shows what comes.
func (s *session) command(text string, ranks []int) error {
	if len(ranks) == 0 {
		return s.tell("no host is left to talk to; :hosts shows them, :reconnect connects again to lost ones, :all undoes :only")
	}
	if len(text) > remote.MaxCommand {
		return s.tell("%s", tooLong(len(text)))
	}
	s.kept.reset()
	if _, err := s.screen.Write([]byte(rule)); err != nil {
		return bare(err)
	}
	show := s.show()
	show.Ranks = ranks
	shown, err := sink.New(show)
	if err != nil {
		return err
	}
	watch := &watcher{Sink: shown, results: map[int]*event.Result{}}
	opened, err := s.run(shells.Task{
		Command: text, Ranks: ranks, Timeout: s.timeout, KeepGoing: s.cfg.KeepGoing, Fanout: s.cfg.Shells.Fanout, Sink: watch,
	}, shown)
	if err != nil {
		return err
	}
	for rank, result := range watch.results {
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
	if err := s.report(watch.results, show); err != nil {
		return err
	}
	opened = append(s.opened, opened...)
	s.opened = nil
	return s.toldOpened(opened)
}

// report says what failed, as show would, what ran past the limit, and what a stop
// left running.
func (s *session) report(results map[int]*event.Result, show sink.Config) error {
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
	if s.watched() {
		if _, err := io.WriteString(s.screen, show.Failures(results)); err != nil {
			return bare(err)
		}
	}
	if len(late) > 0 {
		left = append([]string{fmt.Sprintf("Note: %s: stopped after %s (:timeout)", s.fold(late), s.timeout)}, left...)
	}
	for _, line := range left {
		if err := s.tell("%s", line); err != nil {
			return err
		}
	}
	return nil
}

// fold writes the hosts of ranks as one LIST.
func (s *session) fold(ranks []int) string {
	names := make([]string, len(ranks))
	for i, rank := range ranks {
		names[i] = s.list[rank].Name
	}
	return hosts.Fold(names)
}

// toldOpened tells of shells that have ended, those with the same status
// together.
func (s *session) toldOpened(opened []shells.Reopened) error {
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
		err := s.tell("Note: %s: the shell has ended (exit status %d) and was opened anew; its directory and variables are gone", s.fold(byStatus[status]), status)
		if err != nil {
			return err
		}
	}
	return nil
}

// watcher keeps how the hosts ended.
type watcher struct {
	event.Sink
	results map[int]*event.Result // by rank
}

// Event passes an event on.
func (w *watcher) Event(e event.Event) error {
	if e.Kind == event.Ended {
		result := *e.Result
		w.results[e.Host] = &result
	}
	return w.Sink.Event(e)
}

// run runs a task. ^C stops it; signals do what they do to a run, and end the
// session. It closes shown.
func (s *session) run(t shells.Task, shown event.Sink) ([]shells.Reopened, error) {
	stop, drain := make(chan struct{}), make(chan struct{})
	t.Stop, t.Drain = stop, drain
	stopOnce, drainOnce := sync.OnceFunc(func() { close(stop) }), sync.OnceFunc(func() { close(drain) })
	var sum *event.Summary
	var opened []shells.Reopened
	var err error
	done := make(chan struct{})
	var beside sync.WaitGroup
	go func() {
		defer close(done)
		sum, opened, err = s.shells.Run(t)
	}()
	if s.watched() {
		s.pulsing = true
		defer func() { s.pulsing = false }()
		beside.Go(func() { s.pulse(shown, done) })
	}
	if err := s.attend(done, func(sig syscall.Signal) {
		if sig != 0 && s.ended != 0 {
			s.shells.Kill() // the second one
		}
		if sig != 0 {
			s.ended = sig
		}
		if sig == syscall.SIGTERM {
			drainOnce() // what runs goes on to its end
			return
		}
		stopOnce()
	}); err != nil {
		return nil, err
	}
	beside.Wait()
	return opened, errors.Join(err, shown.Close(sum))
}

// tickEvery is how often the status line is drawn.
const tickEvery = 200 * time.Millisecond

// pulse makes shown draw, and answer whoever asks for the states, until done is closed.
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
		s.shells.Beside(func() { _ = shown.Event(e) }) // results meet the same error
	}
}

// blockedEnd is how long what was killed may take to end: its output may be
// blocked by a reader for ever. The engine's sweeper does the rest then.
const blockedEnd = 2 * time.Second

// errBlocked ends a session that was killed while its output was blocked.
var errBlocked = errors.New("killed while nobody read the output")

// answer shows the states to whoever asks by SIGUSR1.
func (s *session) answer() {
	if s.pulsing {
		wake(s.asked)
		return
	}
	_ = s.states()
}

// attend waits for done, and after a second signal not for long. Meanwhile act is
// told of each ^C, as 0, and of the signals that end a session.
func (s *session) attend(done <-chan struct{}, act func(sig syscall.Signal)) error {
	var blocked <-chan time.Time
	for signals := 0; ; {
		select {
		case <-done:
			return nil
		case <-s.stopKey:
			act(0)
		case sig := <-s.cfg.Signals:
			number, _ := sig.(syscall.Signal)
			if number == syscall.SIGUSR1 {
				s.answer()
				continue
			}
			act(number)
			if signals++; signals == 2 {
				blocked = time.After(blockedEnd)
			}
		case <-blocked:
			return errBlocked
		}
	}
}
