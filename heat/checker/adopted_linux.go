package checker

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Adopted knows which processes under this one, a subreaper, were left by hooks. Orphans of
// other kinds come to a subreaper as well: what a check left running is one.
//
// A hook's are those adopted between its start and its end, what descends from these, and
// orphans of their sessions: a service that is started late, by a process that then ends. A
// service that leaves the session and forks twice after its hook has ended cannot be
// attributed.
type Adopted struct {
	Heat     int              // the child that runs the hooks, which is not adopted
	before   map[process]bool // children at the start of the hook that runs; nil: none does
	left     map[process]bool
	sessions map[int]bool // of those
}

// NewAdopted makes this process a subreaper. The caller sets Heat when that has been started. It
// fails where the kernel has no subreaper or no pidfd, or /proc is missing or another PID
// namespace's.
func NewAdopted() (*Adopted, error) {
	if err := becomeSubreaper(); err != nil {
		return nil, err
	}
	return &Adopted{}, nil
}

// HookBegins is called before a hook starts.
func (a *Adopted) HookBegins() {
	table, _ := a.look(false)
	a.before = nil
	if table == nil {
		return
	}
	a.before = map[process]bool{}
	for _, p := range table[os.Getpid()] {
		a.before[p.id()] = true
	}
}

// HookEnded is called after it has ended.
func (a *Adopted) HookEnded() {
	a.look(a.before != nil)
	a.before = nil
}

// Look is called before children are reaped: an orphan is known by the session of a process
// that has ended.
func (a *Adopted) Look() { a.look(false) }

// look reads the process table, or returns nil; list are the living that hooks have left,
// parents before their children. With ended, children that were not there at the start of the
// hook are its.
func (a *Adopted) look(ended bool) (table map[int][]process, list []process) {
	table, err := processes()
	if err != nil {
		return nil, nil
	}
	own, _ := unix.Getsid(0) // on an error 0, which has no members
	left, sessions := map[process]bool{}, map[int]bool{}
	var queue []process
	for _, p := range table[os.Getpid()] {
		if p.pid != a.Heat && (a.left[p.id()] || a.sessions[p.session] || ended && !a.before[p.id()]) {
			queue = append(queue, p)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if left[p.id()] {
			continue
		}
		left[p.id()] = true
		if p.session != own {
			sessions[p.session] = true
		}
		if !p.dead() {
			list = append(list, p)
			queue = append(queue, table[p.pid]...)
		}
	}
	a.left, a.sessions = left, sessions
	return table, list
}

// End ends what hooks have left: SIGTERM, and SIGKILL after the grace. It calls reap again and
// again, and returns how many processes it could not end.
func (a *Adopted) End(grace time.Duration, reap func()) (left int) {
	look := func() ([]process, error) {
		_, list := a.look(false)
		reap()
		return list, nil
	}
	return endAll(grace, false, look, func(fds []unix.PollFd, deadline time.Time) bool {
		poll(fds, deadline)
		return false
	})
}
