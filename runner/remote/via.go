package remote

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"clsh/hosts"
)

//go:embed via.sh
var viaSource string

// A Via is a transport other than ssh: a client that runs the agent's words in a place that it
// knows, such as "docker exec -i %h". It has no login and no log of its own, and says nothing of a
// place that falls silent: the agent's beat does (Ping).
type Via struct {
	Words []string // with %h, %u, %p, %n and %%; none: the agent runs on this machine
	// User and Port are for hosts whose names have none.
	User, Port string
	LostAfter  time.Duration // 0: never
}

// clients are the short names of transports.
func clients() map[string]string {
	return map[string]string{
		"local":   "",
		"docker":  "docker exec -i %h",
		"podman":  "podman exec -i %h",
		"kubectl": "kubectl exec -i %h --",
		"lxc":     "lxc exec %h --",
		"incus":   "incus exec %h --",
		"srun":    "srun -N1 -n1 -w %h",
		"nsenter": "nsenter -a -t %h --",
	}
}

// ViaNames returns the short names of transports, in alphabetical order.
func ViaNames() []string { return slices.Sorted(maps.Keys(clients())) }

// ParseVia returns the words of a transport as a template for Via: those that a short name stands
// for, or words themselves.
func ParseVia(words []string) ([]string, error) {
	if len(words) == 0 {
		return nil, errors.New("no words")
	}
	short, known := clients()[words[0]]
	switch {
	case known && len(words) == 1:
		return strings.Fields(short), nil
	case known && short == "":
		return nil, fmt.Errorf("%s takes no arguments", words[0])
	}
	used := ""
	for _, w := range words {
		letters, err := letters(w)
		if err != nil {
			return nil, err
		}
		used += letters
	}
	if known && !strings.Contains(used, "h") {
		return nil, fmt.Errorf("no %%h, the place of the host\nhint: %s", short)
	}
	return words, nil
}

// letters returns those that follow a percent sign in word.
func letters(word string) (string, error) {
	found := ""
	for _, rest, more := strings.Cut(word, "%"); more; _, rest, more = strings.Cut(rest[1:], "%") {
		if rest == "" || strings.IndexByte("hupn%", rest[0]) < 0 {
			return "", fmt.Errorf("%q: %%h, %%u, %%p, %%n and %%%% are known", word)
		}
		found += rest[:1]
	}
	return found, nil
}

// Uses reports whether some word holds the letter behind a percent sign.
func (v Via) Uses(letter byte) bool {
	return slices.ContainsFunc(v.Words, func(w string) bool {
		found, err := letters(w)
		return err == nil && strings.IndexByte(found, letter) >= 0
	})
}

// Program returns the program that is run, by its name or its path.
func (v Via) Program() string {
	if len(v.Words) == 0 {
		return "sh"
	}
	return v.Words[0]
}

// Name returns the name of the program.
func (v Via) Name() string { return filepath.Base(v.Program()) }

// Missing returns what the host of a name does not have although the words ask for it, "user" or
// "port", or "".
func (v Via) Missing(host hosts.Host) string {
	switch {
	case cmp.Or(host.User, v.User) == "" && v.Uses('u'):
		return "user"
	case cmp.Or(host.Port, v.Port) == "" && v.Uses('p'):
		return "port"
	}
	return ""
}

// Client returns the client's words for the host of rank.
func (v Via) Client(host hosts.Host, rank int) []string {
	fill := strings.NewReplacer(
		"%h", address(host), "%u", cmp.Or(host.User, v.User), "%p", cmp.Or(host.Port, v.Port), "%n", strconv.Itoa(rank), "%%", "%",
	)
	words := make([]string, len(v.Words))
	for i, w := range v.Words {
		words[i] = fill.Replace(w)
	}
	return words
}

// address returns the name of a host to its client.
func address(host hosts.Host) string {
	if host.Settings != nil {
		return cmp.Or(host.Settings.HostName, host.Addr)
	}
	return host.Addr
}

// WithUser returns the words of docker or podman with the user that the command runs as; others have no
// such option.
func WithUser(words []string) []string {
	if len(words) == 4 && (words[0] == "docker" || words[0] == "podman") {
		return []string{words[0], words[1], words[2], "-u", "%u", words[3]}
	}
	return words
}

// Args returns the argument vector that runs words, a Start's, on the host of rank.
//
// The agent leaves the session of its client (via.sh), as sshd's children are in another session
// than ssh: ending the client must not end the agent, which would leave what it has started.
func (v Via) Args(host hosts.Host, rank int, words []string) []string {
	return append(append(v.Client(host, rank), "sh", "-c", Line(viaSource), "clsh"), words...)
}

// ClientReason returns the last line of what a client said before its end that explains it, or "".
func ClientReason(said []byte) string {
	lines := strings.Split(strings.ToValidUTF8(string(said), "?"), "\n")
	for _, line := range slices.Backward(lines) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "command terminated with exit code") { // kubectl's last word
			return line
		}
	}
	return ""
}
