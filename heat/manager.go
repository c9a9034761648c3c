package heat

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// manager speaks to the service manager for all checks.
type manager struct {
	notify func(string)
	every  time.Duration // of the watchdog; 0: there is none

	mu    sync.Mutex
	bad   map[string]bool // by the names of those that run
	alive map[string]bool // since the last tick
}

// notifier returns what the loop of a check reports through.
func (m *manager) notifier(name string) func(string) {
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
		if status, ok := strings.CutPrefix(text, "STATUS="); ok && m.bad[name] != (status != statusGood) {
			m.bad[name] = status != statusGood
			m.status()
		}
	}
}

// status reports how many checks there are, and which are bad. The caller holds mu.
func (m *manager) status() {
	var names []string
	for name, bad := range m.bad {
		if bad {
			names = append(names, name)
		}
	}
	text := count(len(m.bad), "check", "checks")
	if len(names) > 0 {
		slices.Sort(names)
		text += ", failing: " + strings.Join(names, ", ")
	}
	m.notify("STATUS=" + text)
}

// left says that a check has ended.
func (m *manager) left(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.bad, name)
	delete(m.alive, name)
	m.status()
}

// tick feeds the watchdog if every check has lived since the tick before.
func (m *manager) tick() {
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
	m.notify("WATCHDOG=1")
}
