package heat

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"clsh/heat/history"
	"clsh/heat/output"
)

// How old what a page says of a check may be, and how often it is written if no state changes.
const (
	pageEvery  = time.Minute
	pageAtMost = 10 * time.Second
)

// A page is the file of --page, of one check or of many. A nil one is none. It is safe for concurrent
// use.
type page struct {
	mu      sync.Mutex
	file    output.Publication
	checks  map[string]history.Check
	names   map[string]bool // of those that may be on it; nil: all
	written time.Time
}

func newPage(path string, logf func(string, ...any)) *page {
	return &page{file: output.Publication{What: "page", Path: path, Logf: logf}, checks: map[string]history.Check{}}
}

// put says what is to be shown of a check, and has the page written at once if its state is another.
func (p *page) put(c history.Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names != nil && !p.names[c.Name] {
		return // it ends, because a reload has taken it away
	}
	was, known := p.checks[c.Name]
	p.checks[c.Name] = c
	if !known || was.State != c.State || time.Since(p.written) >= pageAtMost {
		p.write()
	}
}

// keep takes the checks off the page that are not among names.
func (p *page) keep(names map[string]bool) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names = names
	maps.DeleteFunc(p.checks, func(name string, _ history.Check) bool { return !names[name] })
}

// write has the page written. The caller holds mu.
func (p *page) write() {
	p.written = time.Now()
	checks := slices.SortedFunc(maps.Values(p.checks), func(a, b history.Check) int { return cmp.Compare(a.Name, b.Name) })
	for i := range checks {
		checks[i].Name = cmp.Or(checks[i].Name, unnamed)
	}
	p.file.Set(history.HTML(p.written, checks))
}

// unnamed is what a page says for a check without --name.
const unnamed = "check"

// pageSource is what a loop has of a page.
type pageSource struct {
	to    *page // nil: none
	state string
	next  time.Duration // the page need not be told before, if the state is the same
}

// put tells the page how the check is.
func (s *pageSource) put(l *loop) {
	if s.to == nil {
		return
	}
	state := l.store.Shown(l.state)
	if now := l.now(); state != s.state || now >= s.next {
		s.state, s.next = state, now+pageEvery
		s.to.put(l.store.History(l.state))
	}
}
