package shells

import (
	"slices"
	"sync"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/conn"
)

// A Set is one shell on each host, over one connection, which runs one command after the
// other.
type Set struct {
	*common
	wg   sync.WaitGroup
	kill sync.Once

	mu     sync.Mutex
	hosts  hosts.List
	shells []*shell // by rank
}

// Open begins to connect to the hosts, o.Fanout of them at a time, and returns. The caller must
// call Close.
func Open(o Options) (*Set, error) {
	o.TTY, o.Raw, o.Input, o.Feed = false, false, nil, nil
	dialer := conn.NewDialer(o.Options)
	if err := dialer.Open(len(o.Hosts)); err != nil {
		return nil, err
	}
	s := &Set{
		common: &common{
			options: o, dialer: dialer, admission: admission.New(o.SpawnRate),
			connects: make(chan struct{}, o.Fanout), killc: make(chan struct{}),
		},
	}
	s.Add(o.Hosts)
	return s, nil
}

// Add connects to more hosts; their ranks follow those of the others.
func (s *Set) Add(list hosts.List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts = append(slices.Clip(s.hosts), list...)
	s.dialer.SetHosts(s.hosts)
	for range list {
		s.connect(len(s.shells))
	}
}

// connect begins a session for rank. The caller holds mu.
func (s *Set) connect(rank int) {
	sh := newShell(s.common, rank, s.hosts[rank], len(s.hosts))
	if rank == len(s.shells) {
		s.shells = append(s.shells, sh)
	} else {
		s.shells[rank] = sh
	}
	s.wg.Go(sh.serve)
}

// Reconnect leaves the shell of rank and begins another.
func (s *Set) Reconnect(rank int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shells[rank].leave()
	s.connect(rank)
}

// Leave ends the shell of rank.
func (s *Set) Leave(rank int) { s.at(rank).leave() }

// at returns the shell of rank.
func (s *Set) at(rank int) *shell {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shells[rank]
}

// State returns the state of the shell of rank.
func (s *Set) State(rank int) State {
	sh := s.at(rank)
	if closed(sh.leavec) {
		return Left
	}
	return State(sh.state.Load())
}

// Kill ends every ssh at once.
func (s *Set) Kill() { s.kill.Do(func() { close(s.killc) }) }

// Close ends every shell and waits for their end. A running command must have been stopped
// before; jobs in the background keep running on the hosts.
func (s *Set) Close() error {
	s.mu.Lock()
	all := slices.Clone(s.shells)
	s.mu.Unlock()
	for _, sh := range all {
		sh.leave()
	}
	s.wg.Wait()
	return s.dialer.Close()
}
