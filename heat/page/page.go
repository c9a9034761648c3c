// Package page keeps the file of --page up to date.
package page

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"clsh/heat/history"
	"clsh/heat/output"
)

// Every is how old what a page says of a check may be.
const Every = time.Minute

// atMost is how often a page is written if no state changes.
const atMost = 10 * time.Second

// A Page is the file of --page, of one check or of many. A nil one is none. It is safe for concurrent
// use.
type Page struct {
	mu      sync.Mutex
	file    output.Publication
	checks  map[string]history.Check
	has     func(name string) bool // whether a check may be on it; nil: any
	written time.Time
}

// New returns a page that is written to path.
func New(path string, logf func(string, ...any)) *Page {
	return &Page{file: output.Publication{What: "page", Path: path, Logf: logf}, checks: map[string]history.Check{}}
}

// Put says what is to be shown of a check, and has the page written at once if its state is another.
func (p *Page) Put(c history.Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.Name = cmp.Or(c.Name, Unnamed)
	if p.has != nil && !p.has(c.Name) {
		return // it ends, because a reload has taken it away
	}
	was, known := p.checks[c.Name]
	p.checks[c.Name] = c
	if !known || was.State != c.State || time.Since(p.written) >= atMost {
		p.write()
	}
}

// Keep takes the checks off the page that has does not want there.
func (p *Page) Keep(has func(name string) bool) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.has = has
	maps.DeleteFunc(p.checks, func(name string, _ history.Check) bool { return !has(name) })
}

// write has the page written. The caller holds mu.
func (p *Page) write() {
	p.written = time.Now()
	checks := slices.SortedFunc(maps.Values(p.checks), func(a, b history.Check) int { return cmp.Compare(a.Name, b.Name) })
	p.file.Set(history.HTML(p.written, checks))
}

// Unnamed is what a page says for a check without --name.
const Unnamed = "check"

// Lane is that of the file.
func (p *Page) Lane() *output.Lane { return &p.file.Lane }
