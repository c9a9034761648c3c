package manager

import (
	"slices"
	"strings"
	"sync"
	"time"

	"clsh/heat/words"
)

// Checks speaks to the service manager for all checks of a process.
type Checks struct {
	Notify func(string)
	Every  time.Duration // of the watchdog; 0: there is none

	mu    sync.Mutex
	bad   map[string]bool // by the names of those that run
	alive map[string]bool // since the last tick
}

// Notifier returns what the loop of a check reports through.
func (m *Checks) Notifier(name string) func(string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bad == nil {
		m.bad, m.alive = map[string]bool{}, map[string]bool{}
	}
	m.bad[name], m.alive[name] = false, true
	return func(text string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.alive[name] = true
		if status, ok := strings.CutPrefix(text, "STATUS="); ok && m.bad[name] != (status != StatusGood) {
			m.bad[name] = status != StatusGood
			m.status()
		}
	}
}

// status reports how many checks there are, and which are bad. The caller holds mu.
func (m *Checks) status() {
	var names []string
	for name, bad := range m.bad {
		if bad {
			names = append(names, name)
		}
	}
	text := words.Count(len(m.bad), "check", "checks")
	if len(names) > 0 {
		slices.Sort(names)
		text += ", failing: " + strings.Join(names, ", ")
	}
	m.Notify("STATUS=" + text)
}

// Left says that a check has ended.
func (m *Checks) Left(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.bad, name)
	delete(m.alive, name)
	m.status()
}

// Tick feeds the watchdog if every check has lived since the tick before.
func (m *Checks) Tick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, alive := range m.alive {
		if !alive {
			return
		}
	}
	for name := range m.alive {
		m.alive[name] = false
	}
	m.Notify("WATCHDOG=1")
}
