package loop

import (
	"time"

	"clsh/heat/page"
)

// pageSource is what a loop has of a page.
type pageSource struct {
	to    *page.Page // nil: none
	state string
	next  time.Duration // the page needs no report before, if the state is the same
}

// put tells the page how the check is.
func (s *pageSource) put(l *Loop) {
	if s.to == nil {
		return
	}
	state := l.store.Shown(l.state)
	if now := l.Now(); state != s.state || now >= s.next {
		s.state, s.next = state, now+page.Every
		s.to.Put(l.store.History(l.state))
	}
}
