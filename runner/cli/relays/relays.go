// Package relays has the options for relays: what makes no sense beside them, and which options a relay
// gets.
package relays

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alecthomas/kong"

	"clsh/runner/flags"
	"clsh/runner/record"
)

// Options are those for relays, with the tags that kong reads.
type Options struct {
	Relay    []string `env:"-" sep:"none" group:"Connection" placeholder:"LIST" predictor:"hosts" help:"Run through these hosts, on which clsh is installed. Repeatable."`
	RelayVia string   `env:"-" group:"Connection" placeholder:"WORDS" predictor:"via" help:"Run WORDS instead of ssh to reach relays; %h is the relay."`
	// ServeRelay makes this clsh a relay, which its root starts.
	ServeRelay bool `env:"-" hidden:"" help:"Be a relay: take hosts from standard input."`
}

// Any reports whether there are relays.
func (o *Options) Any() bool { return len(o.Relay) > 0 }

// refused returns the options that cannot be combined with relays, and a hint for each.
func refused() [][2]string {
	return [][2]string{
		{"interactive", "relays run one command"},
		{"replay", "a replay shows a run again, and runs nothing"},
		{"dry-run", "without --relay it prints the line of each host"},
		{"via", "a relay reaches its hosts by ssh; --relay-via is for the way to the relays"},
		{"stdin", "a relay takes the hosts on its standard input; put the data where the hosts can fetch it"},
		{"copy", "a relay takes the hosts on its standard input; without --relay, -f says to how many hosts at a time"},
		{"rcopy", "what a relay sends back is a record; without --relay, -f says from how many hosts at a time"},
		{"script", "a relay takes the hosts on its standard input; put the script where the hosts can fetch it"},
		{"tty", "relays give no terminals"},
		{"no-agent", "what runs behind a relay is stopped by the agent"},
		{"persist", "a relay keeps no connections; it has its own ssh_config for that"},
		{"ask-sudo", "no password is sent to a relay; NOPASSWD in sudoers(5) does without one"},
		{"ask-pass", "no password is sent to a relay; it logs in with keys of its own"},
	}
}

// Check refuses options beside relays that were typed, or taken over from a run. Such settings from
// elsewhere have no effect: reset is called for each. fanout is the number of hosts at a time.
func (o *Options) Check(origins flags.Origins, fanout int, reset func(name string) bool) error {
	switch {
	case o.RelayVia != "" && !o.Any():
		return errors.New("--relay-via: needs --relay LIST\nhint: --via WORDS reaches the hosts themselves")
	case !o.Any():
		return nil
	}
	for _, each := range refused() {
		switch origins[each[0]].Rank {
		case flags.FromDefault:
		case flags.Typed, flags.FromRecord:
			return fmt.Errorf("--%s: cannot be combined with --relay\nhint: %s", each[0], each[1])
		default:
			reset(each[0])
		}
	}
	switch {
	case fanout > 1 || origins["fanout"].Rank == flags.FromDefault:
	case origins["fanout"].Rank < flags.FromRecord:
		reset("fanout")
	case fanout == 1:
		return errors.New("--fanout 1: cannot be combined with --relay\nhint: -f N is for each relay; one host at a time needs no relays")
	}
	return nil
}

// Job returns the options among carried that a relay gets, as words.
func Job(carried flags.Carried) []record.Text {
	carried.Options = slices.DeleteFunc(slices.Clone(carried.Options), func(f *kong.Flag) bool { return !ofRelay(f) })
	words := []record.Text{}
	for _, w := range carried.Words() {
		words = append(words, record.Text(w))
	}
	return words
}

// ofRelay reports whether a relay gets an option: all that say how hosts are reached and how a command
// runs there. The root alone knows which hosts there are, and when the run stops early.
func ofRelay(f *kong.Flag) bool {
	switch f.Name {
	case "relay", "relay-via", "keep-going", "inventory":
		return false
	}
	return f.Group != nil && f.Group.Key != "Rollout"
}
