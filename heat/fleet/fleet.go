package fleet

import (
	"context"
	"os"
	"sync"
	"syscall"
	"time"
)

// A Check is one of the checks.
type Check struct {
	Name string
	// Settings are all that make it what it is: a check with the same ones goes on at a reload.
	Settings string
	// Start starts it; it receives its signals from signals. done delivers its exit status, once.
	Start func(ctx context.Context, signals <-chan os.Signal) (done <-chan int)
}

// Config is what Run needs.
type Config struct {
	// Load returns the checks as they are to be now.
	Load    func() ([]Check, error)
	Signals <-chan os.Signal
	// Terminal says that SIGHUP means its end.
	Terminal bool
	Logf     func(format string, args ...any)
	// Tick is called at each of Ticks: for the service manager's watchdog.
	Tick  func()
	Ticks <-chan time.Time
}

// member is a check that runs.
type member struct {
	Check
	signals chan os.Signal
	next    *Check // starts in its place when it has ended
	left    bool   // a reload has taken it away
	code    int    // its exit status, when it has ended
}

// run is a Run under way.
type run struct {
	Config
	members map[string]*member
	ends    chan *member
	wg      sync.WaitGroup
	exit    int // 128 + n of the signal that ends all; 0: none
	worst   int // of those that have ended by themselves
}

// Run runs the checks until all have ended, and returns the exit status: 128 + n after a signal, else
// the highest of theirs. The end of ctx is a SIGTERM; the checks' own context does not end.
func Run(ctx context.Context, config Config, checks []Check) int {
	r := &run{Config: config, members: map[string]*member{}, ends: make(chan *member)}
	for _, c := range checks {
		r.start(ctx, c)
	}
	done := ctx.Done()
	for len(r.members) > 0 {
		select {
		case s := <-r.Signals:
			r.signal(ctx, s)
		case <-done:
			done = nil
			r.signal(ctx, syscall.SIGTERM)
		case m := <-r.ends:
			r.ended(ctx, m)
		case <-r.Ticks:
			r.Tick()
		}
	}
	r.wg.Wait()
	if r.exit != 0 {
		return r.exit
	}
	return r.worst
}

// start starts a check.
func (r *run) start(ctx context.Context, c Check) {
	m := &member{Check: c, signals: make(chan os.Signal, 8)}
	r.members[c.Name] = m
	done := c.Start(context.WithoutCancel(ctx), m.signals)
	r.wg.Go(func() { m.code = <-done; r.ends <- m })
}

// ended takes a check out, and starts what comes in its place.
func (r *run) ended(ctx context.Context, m *member) {
	delete(r.members, m.Name)
	switch {
	case m.next != nil && r.exit == 0:
		r.start(ctx, *m.next)
	case !m.left:
		r.worst = max(r.worst, m.code)
	}
}

// signal does with a signal what one check would do.
func (r *run) signal(ctx context.Context, s os.Signal) {
	switch {
	case s == syscall.SIGHUP && !r.Terminal:
		if r.exit == 0 {
			r.reload(ctx)
		}
	case s != syscall.SIGUSR1 && r.exit == 0:
		r.exit = 128 + int(s.(syscall.Signal))
	}
	for _, m := range r.members {
		m.send(s)
	}
}

// send passes a signal on. A check that has not taken eight of them lacks nothing.
func (m *member) send(s os.Signal) {
	select {
	case m.signals <- s:
	default:
	}
}

// reload takes the checks as they are now in the file.
func (r *run) reload(ctx context.Context) {
	checks, err := r.Load()
	if err != nil {
		r.Logf("reload: nothing has changed: %v", err)
		return
	}
	added, changed, kept := 0, 0, map[string]bool{}
	for _, c := range checks {
		m := r.members[c.Name]
		kept[c.Name] = true
		switch {
		case m == nil:
			added++
			r.start(ctx, c)
		case m.Settings != c.Settings:
			changed++
			m.replace(&c)
		case m.left: // it was taken away, and has not ended yet
			m.replace(&c)
		}
	}
	removed := 0
	for name, m := range r.members {
		if !kept[name] && !m.left {
			removed++
			m.replace(nil)
		}
	}
	r.Logf("reload: %d added, %d changed, %d removed, %d unchanged", added, changed, removed, len(checks)-added-changed)
}

// replace ends a check; next starts then.
func (m *member) replace(next *Check) {
	m.next = next
	if !m.left {
		m.left = true
		m.send(syscall.SIGTERM)
	}
}
