package places

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"clsh/heat/combine"
	"clsh/hosts"
	"clsh/runner/conn"
	"clsh/runner/event"
	"clsh/runner/remote"
	"clsh/runner/shells"
)

// Times that are no option.
const (
	connectTimeout = 10 * time.Second
	readyTimeout   = 20 * time.Second
	// lostAfter is how long a connection may be silent.
	lostAfter = 5 * time.Second
	// A place that is lost is connected to again after a pause between these.
	shortestPause, longestPause = time.Second, time.Minute
	// fanout is how many places connect at a time.
	fanout = 32
)

// Spec is a check in several places.
type Spec struct {
	Hosts     hosts.List
	SSHConfig string // an absolute path; "": ssh's own
	Command   string // for the shell of each place
	Environ   []string
	// Limit is how long the command may run, KillAfter the time from TERM to KILL. Neither is 0.
	Limit, KillAfter time.Duration

	Rules          combine.PlaceRules
	Quorum, Voters combine.Share
	// Ignored reports whether an exit code is neither good nor bad.
	Ignored func(code int) bool
	// Logf reports that a place is lost, or back. It may be called from any goroutine.
	Logf func(format string, args ...any)
}

// A Set is the places of a check, and their connections.
type Set struct {
	spec     Spec
	shells   *shells.Set
	places   []place
	round    int
	answers  chan answer // has room for one of each place
	stopping chan struct{}
	running  sync.WaitGroup
}

// Open begins to connect to the places. The caller must call Close.
func Open(spec Spec) (*Set, error) {
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		return nil, fmt.Errorf("from: ssh: program not found\nhint: install OpenSSH's client (openssh-client, openssh-clients)")
	}
	said, _ := exec.Command(ssh, "-V").CombinedOutput() // one that does not say counts as a current one
	version := remote.ParseVersion(string(said))
	set, err := shells.Open(shells.Options{
		Options: conn.Options{
			Hosts:    spec.Hosts,
			SSH:      remote.SSH{Program: []string{ssh}, Version: version, ConnectTimeout: connectTimeout, LostAfter: lostAfter},
			Defaults: remote.Defaults{UserConfig: spec.SSHConfig, SystemConfig: "/etc/ssh/ssh_config", Version: version, ConnectTimeout: connectTimeout, Reasons: true},
			Environ:  spec.Environ, TempDir: os.TempDir(), Quiet: true,
		},
		Fanout: fanout, ReadyTimeout: readyTimeout, KillAfter: spec.KillAfter, Sink: discard{},
	})
	if err != nil {
		return nil, fmt.Errorf("connect to the places: %w", err)
	}
	s := &Set{
		spec: spec, shells: set, places: make([]place, len(spec.Hosts)), answers: make(chan answer, len(spec.Hosts)), stopping: make(chan struct{}),
	}
	for i, h := range spec.Hosts {
		s.places[i].name = h.Name
	}
	// In a subshell: what the command does to its shell is over with it.
	s.spec.Command = "(" + strings.TrimSpace(spec.Command) + "\n)"
	return s, nil
}

// Close stops what runs in the places and disconnects them. It takes no longer than a command may take
// to stop, and two seconds.
func (s *Set) Close() {
	close(s.stopping)
	late := time.AfterFunc(s.spec.KillAfter+2*time.Second, s.shells.Kill)
	defer late.Stop()
	s.running.Wait()
	_ = s.shells.Close() // its directory is removed at the next start
}

// run runs the command in a place and sends the answer.
func (s *Set) run(rank, round int, reconnect bool) {
	if reconnect {
		s.shells.Reconnect(rank)
	}
	a := answer{rank: rank, round: round}
	_, _, err := s.shells.Run(shells.Task{
		Command: s.spec.Command, Ranks: []int{rank}, Timeout: s.spec.Limit, KeepGoing: true, Fanout: 1, Sink: &a, Stop: s.stopping,
	})
	if err != nil && a.result.Reason == "" {
		a.result.Reason = err.Error()
	}
	s.answers <- a
}

// An answer is how the command of a round ended in a place. It is the sink of that command.
type answer struct {
	discard     // closes it
	rank, round int
	result      event.Result
	words       []byte // the end of what it wrote to standard error
}

// mostWords is how much of a place's standard error is kept.
const mostWords = 2 << 10

// Event takes what the log has of a check.
func (a *answer) Event(e event.Event) error {
	switch {
	case e.Kind == event.Ended:
		a.result = *e.Result
	case e.Kind == event.Output && e.Stream == event.Stderr:
		a.words = append(a.words, e.Data...)
		a.words = a.words[max(0, len(a.words)-mostWords):]
	}
	return nil
}

// discard takes what comes while no command runs.
type discard struct{}

// Event does nothing.
func (discard) Event(event.Event) error { return nil }

// Close does nothing.
func (discard) Close(*event.Summary) error { return nil }
