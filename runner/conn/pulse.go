package conn

import (
	"sync/atomic"
	"time"

	"clsh/runner/stall"
)

// A pulse notices that a host has fallen silent whose client would not (remote.Via). Whatever
// comes is a sign of life; where nothing does, the agent is asked for one (remote.Ping). A nil
// pulse is that of an ssh, which sends keep-alives.
//
// What counts is looks in a row that find nothing, not time: a process that was stopped has
// looked at nothing meanwhile.
type pulse struct {
	limit  time.Duration // 0: nobody is ever given up
	asks   bool          // else the agent gives signs of life by itself
	timer  *stall.Timer
	silent int // looks in a row

	heard   atomic.Bool  // something came since the last look
	passing atomic.Int32 // readers that pass on what came: a slow sink is not the host's silence
}

// silentLooks is how many looks in a row must find nothing. The first comes any time after the
// last sign of life, so that the host is given up after five sixths of the limit at the earliest,
// and at the limit at the latest.
const silentLooks = 5

// slowestBeat is the shortest limit for an agent that gives a sign each second.
const slowestBeat = 4 * time.Second

// newPulse returns a pulse with that limit. An agent that passes data on is not asked.
func newPulse(m *stall.Monitor, limit time.Duration, data bool) *pulse {
	if data && limit > 0 {
		limit = max(limit, slowestBeat)
	}
	return &pulse{limit: limit, asks: !data, timer: stall.NewTimer(m)}
}

// next sets the timer for the next look.
func (p *pulse) next() { p.timer.Reset(p.limit / (silentLooks + 1)) }

// look looks for signs of life, when the timer has expired.
func (p *pulse) look() {
	if p.heard.Swap(false) || p.passing.Load() > 0 {
		p.silent = 0
		return
	}
	p.silent++
}

// begins and ends stand around a reader's work.
func (p *pulse) begins() {
	if p != nil {
		p.passing.Add(1)
	}
}

func (p *pulse) ends(read int) {
	if p == nil {
		return
	}
	if read > 0 {
		p.heard.Store(true)
	}
	p.passing.Add(-1)
}
