package places

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clsh/heat/checker"
	"clsh/heat/combine"
	"clsh/heat/policy"
	"clsh/runner/event"
	"clsh/runner/shells"
)

// A place is one host of a Set.
type place struct {
	name    string
	busy    bool // its command runs
	awaited bool // this round waits for its answer
	voted   bool // it has answered this round
	lost    bool
	pause   time.Duration // before the next connection
	retry   time.Time     // not before
	opinion combine.Place
	last    answer
}

// codeNoQuorum is the exit code of a check of which too few places know how it ended, as ssh's.
const codeNoQuorum = 255

// Check runs the command once in each place. The report is that of one check: good, failed, or
// policy.NoQuorum. At the end of ctx it comes at once, as Stopped.
func (s *Set) Check(ctx context.Context) <-chan checker.Report {
	done := make(chan checker.Report, 1)
	go func() { done <- s.check(ctx) }()
	return done
}

func (s *Set) check(ctx context.Context) checker.Report {
	s.round++
	for range len(s.answers) { // those that came too late
		s.take(<-s.answers)
	}
	awaited := 0
	for rank := range s.places {
		if s.begin(rank) {
			awaited++
		}
	}
	limit := s.spec.Limit + s.spec.KillAfter
	deadline := time.After(limit)
	for awaited > 0 {
		select {
		case a := <-s.answers:
			if s.take(a) {
				awaited--
			}
		case <-ctx.Done():
			return checker.Report{Stopped: true}
		case <-deadline:
			awaited = 0
			for rank := range s.places {
				if p := &s.places[rank]; p.awaited {
					s.lose(p, fmt.Sprintf("no answer within %s", limit))
				}
			}
		}
	}
	return s.report()
}

// begin starts the command in a place, unless it runs there or the place is left alone. It reports
// whether the round waits for it.
func (s *Set) begin(rank int) (awaited bool) {
	p := &s.places[rank]
	p.voted, p.awaited = false, false
	if p.busy || p.lost && time.Now().Before(p.retry) {
		return false
	}
	p.busy, p.awaited = true, !p.lost
	round, reconnect := s.round, s.shells.State(rank) == shells.Lost && p.lost
	s.running.Go(func() { s.run(rank, round, reconnect) })
	return p.awaited
}

// take takes an answer. It reports whether the round waited for it.
func (s *Set) take(a answer) (awaited bool) {
	p := &s.places[a.rank]
	awaited, p.busy, p.awaited = p.awaited, false, false
	if why := s.lostBy(&a); why != "" {
		s.lose(p, why)
		return awaited
	}
	if p.lost {
		s.spec.Logf("place %s is back", p.name)
	}
	p.lost, p.pause = false, 0
	if a.round != s.round || s.spec.Ignored(a.result.Code) {
		return awaited
	}
	p.voted, p.last = true, a
	p.opinion = p.opinion.Observe(s.spec.Rules, a.result.Code == 0)
	return awaited
}

// lostBy returns why an answer says nothing about the service, or "".
func (s *Set) lostBy(a *answer) string {
	r := &a.result
	switch r.Outcome {
	case event.Timeout, event.Signaled:
		return ""
	case event.Exited:
		if r.Code == 126 || r.Code == 127 {
			return "the command cannot run there: " + ended(a)
		}
		return ""
	}
	if r.Reason != "" {
		return r.Reason
	}
	return "the connection ended"
}

// lose takes the vote from a place, and leaves it alone for a while.
func (s *Set) lose(p *place, why string) {
	if !p.lost {
		s.spec.Logf("place %s is lost: %s", p.name, why)
	}
	p.lost, p.voted, p.awaited, p.opinion = true, false, false, combine.Place{}
	p.pause = min(max(2*p.pause, shortestPause), longestPause)
	p.retry = time.Now().Add(p.pause)
}

// report makes a check's report of the votes.
func (s *Set) report() checker.Report {
	votes := make([]combine.Vote, len(s.places))
	for i, p := range s.places {
		if p.voted {
			votes[i] = p.opinion.Vote
		}
	}
	state, voted, up := combine.Tally(votes, s.spec.Quorum, s.spec.Voters)
	count := fmt.Sprintf("%d of %d places voted, %d up", voted, len(votes), up)
	switch state {
	case combine.Good:
		return checker.Report{Outcome: policy.Exited, Votes: count}
	case combine.Unknown:
		return checker.Report{Outcome: policy.NoQuorum, Code: codeNoQuorum, Votes: count}
	}
	rep := checker.Report{Votes: count}
	var text strings.Builder
	fmt.Fprintln(&text, count)
	for i, p := range s.places {
		if votes[i] != combine.Down {
			continue
		}
		r := p.last.result
		if rep.Outcome == 0 && r.Code != 0 {
			rep.Outcome, rep.Code, rep.Signal = outcome(r.Outcome), r.Code, r.Signal
		}
		fmt.Fprintf(&text, "%s: %s\n", p.name, ended(&p.last))
	}
	if rep.Outcome == 0 { // all that vote Down were good this once
		rep.Outcome, rep.Code = policy.Exited, 1
	}
	rep.Stderr.Data = []byte(text.String())
	return rep
}

// outcome is an outcome of clsh's as heat's.
func outcome(o event.Outcome) policy.Outcome {
	switch o {
	case event.Timeout:
		return policy.TimedOut
	case event.Signaled:
		return policy.Signaled
	}
	return policy.Exited
}

// ended says how the command ended in a place, with the last line that it wrote.
func ended(a *answer) string {
	text := strings.TrimSpace(string(a.words))
	text = text[strings.LastIndexByte(text, '\n')+1:]
	if text != "" {
		text = ": " + text
	}
	return fmt.Sprintf("exit code %d%s", a.result.Code, text)
}
