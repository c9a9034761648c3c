// Package via has the option that names a transport other than ssh: what it means, and what
// makes no sense beside it.
package via

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"time"

	"github.com/mattn/go-shellwords"

	"clsh/hosts"
	"clsh/runner/flags"
	"clsh/runner/remote"
)

// Flags is the option, with the tags that kong reads. CheckVia must be called before Transport.
type Flags struct {
	Via string `env:"-" group:"Connection" placeholder:"WORDS" predictor:"via" help:"Run WORDS instead of ssh: docker, kubectl, local, ... %h is the host."`

	words []string // nil: ssh is the transport
}

// Spellings of transports that are none of remote.ViaNames: ssh itself, and the name that pdsh and
// clush give to local.
const (
	ssh    = "ssh"
	worker = "exec"
)

// SSHOnly returns the options that only ssh can follow.
func SSHOnly() []string {
	return []string{"option", "identity", "ssh-config", "ssh", "connect-timeout", "persist", "retry", "tty", "no-agent", "ask-pass", "password-to-unknown-hosts"}
}

// CheckVia refuses words that are no transport, a command that is written for another tool's, and
// options beside it that were typed and that only ssh can follow. Such settings from elsewhere have
// no effect: reset is called for each.
func (f *Flags) CheckVia(origins flags.Origins, reset func(name string) bool, command string) error {
	if origins["via"].Rank == flags.FromDefault || f.Via == ssh {
		return nil
	}
	if f.Via == worker {
		if found := substitution.FindString(command); found != "" {
			return fmt.Errorf("-R exec: %s is not replaced in the command\nhint: $CLSH_HOST, $CLSH_RANK and $CLSH_COUNT are in its environment", found)
		}
		f.Via = "local"
	}
	words, err := parse(f.Via)
	if err != nil {
		return fmt.Errorf("--via %q: %w", f.Via, err)
	}
	f.words = words
	for _, name := range SSHOnly() {
		if origins[name].Rank == flags.Typed {
			return fmt.Errorf("--%s: cannot be combined with --via\nhint: only ssh can follow it", name)
		}
		reset(name)
	}
	for name, letter := range map[string]byte{"user": 'u', "port": 'p'} {
		if origins[name].Rank == flags.Typed && !f.template().Uses(letter) {
			return fmt.Errorf("--%s: has no effect with --via %q\nhint: %%%c is its place in the words", name, f.Via, letter)
		}
	}
	return nil
}

// substitution matches what pdsh and clush replace in the words of -R exec.
var substitution = regexp.MustCompile(`%[hnu]`)

// parse splits text as a shell splits words, and looks for the program.
func parse(text string) ([]string, error) {
	parser := shellwords.NewParser()
	words, err := parser.Parse(text)
	if err == nil && parser.Position >= 0 {
		err = errors.New("shell operators are not supported\nhint: put them into a script")
	}
	if err == nil {
		words, err = remote.ParseVia(words)
	}
	if err != nil {
		return nil, err
	}
	program := (&remote.Via{Words: words}).Program()
	if _, err := exec.LookPath(program); err != nil {
		return nil, fmt.Errorf("program %q not found", program)
	}
	return append([]string{}, words...), nil
}

// Template returns the transport that the value of an option names.
func (f *Flags) Template(option, value string) (remote.Via, error) {
	words, err := parse(value)
	if err != nil {
		return remote.Via{}, fmt.Errorf("%s %q: %w", option, value, err)
	}
	return remote.Via{Words: words}, nil
}

func (f *Flags) template() remote.Via { return remote.Via{Words: f.words} }

// ForAll reports whether the option names the transport of all hosts.
func (f *Flags) ForAll() bool { return f.words != nil }

// Transport returns what reaches a host, nil for ssh; it is nil itself if that is ssh for all. user and
// port are those of hosts that name none. Without the option it is what the inventory says of a
// host, also of one that is not in list.
func (f *Flags) Transport(list hosts.List, user, port string, lostAfter time.Duration) (func(hosts.Host) *remote.Via, error) {
	if f.ForAll() {
		via := f.template()
		via.User, via.Port, via.LostAfter = user, port, lostAfter
		for _, host := range list {
			if what := via.Missing(host); what != "" {
				return nil, fmt.Errorf("--via %q: host %s has no %s\nhint: --%s, or name it as USER@HOST:PORT", f.Via, host.Name, what, what)
			}
		}
		return func(hosts.Host) *remote.Via { return &via }, nil
	}
	described := false
	for _, host := range list {
		if host.Settings == nil {
			continue
		}
		described = true
		if name := host.Settings.Transport; name != "" {
			if _, err := parse(name); err != nil {
				return nil, fmt.Errorf("inventory: host %s: ansible_connection %s: %w\nhint: -x %[1]s excludes it", host.Addr, name, err)
			}
		}
	}
	if !described {
		return nil, nil
	}
	return func(host hosts.Host) *remote.Via { return ofInventory(host, user, lostAfter) }, nil
}

// ofInventory returns the transport that the inventory says of a host.
func ofInventory(host hosts.Host, user string, lostAfter time.Duration) *remote.Via {
	if host.Settings == nil || host.Settings.Transport == "" {
		return nil
	}
	words, err := remote.ParseVia([]string{host.Settings.Transport})
	if err != nil {
		return nil // Transport has refused it
	}
	via := &remote.Via{Words: words, User: cmp.Or(user, host.Settings.User), LostAfter: lostAfter}
	if cmp.Or(host.User, via.User) != "" {
		via.Words = remote.WithUser(words)
	}
	return via
}
