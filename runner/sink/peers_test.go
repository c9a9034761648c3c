package sink

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"clsh/hosts"
	"clsh/runner/event"
	"clsh/runner/sshtest"
)

// What dshbak -c and clubak -b make of our lines is what our -b shows: the
// same hosts under the same output.
func TestPeersAgree(t *testing.T) {
	sshtest.Need(t, "dshbak", "clubak")
	r := rand.New(rand.NewPCG(3, 4))
	names := []string{"node1", "node2", "node3", "node4", "node10", "node11", "rack1-a", "rack2-a", "other.example.com"}
	texts := []string{"Linux\n", "Linux\n\n  indented: yes\n\n", "é 漢 \tx\n", "a: b\nnode1: c\n", "no newline"}
	what := make([][3][]byte, len(names))
	for host := range what {
		what[host][event.Stdout] = []byte(texts[host%len(texts)])
	}
	events := cut(r, what, 7)

	show := func(c Config) string {
		c.Names, c.Fold = names, hosts.Fold
		s, stdout, _ := newSink(t, c)
		must(t, s, events...)
		finish(t, s, ends(len(names))...)
		return stdout.String()
	}
	lines, ours := show(Config{}), groupsOf(t, show(Config{Gather: true}))
	for _, peer := range [][]string{{"dshbak", "-c"}, {"clubak", "-b", "-S", ": "}} {
		cmd := exec.Command(peer[0], peer[1:]...)
		cmd.Stdin = strings.NewReader(lines)
		text, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if theirs := groupsOf(t, string(text)); !maps.Equal(theirs, ours) {
			t.Errorf("%s shows\n%v\nwe show\n%v", peer[0], theirs, ours)
		}
	}
}

// groupsOf reads what -b shows: each output with the hosts that printed it.
func groupsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	groups := map[string]string{}
	lines := bytes.SplitAfter([]byte(text), []byte("\n"))
	isRule := func(i int) bool {
		return i < len(lines) && len(lines[i]) >= len(rule) && len(bytes.Trim(lines[i], "-\n")) == 0
	}
	for i := 0; i < len(lines) && len(lines[i]) > 0; {
		if !isRule(i) || !isRule(i+2) {
			t.Fatalf("no header at line %d of\n%s", i+1, text)
		}
		list, _, _ := strings.Cut(strings.TrimSpace(string(lines[i+1])), " (")
		set, err := hosts.Expand(list)
		if err != nil {
			t.Fatal(err)
		}
		body := ""
		for i += 3; i < len(lines) && !isRule(i); i++ {
			body += string(lines[i])
		}
		groups[body] = hosts.Fold(slices.Sorted(slices.Values(set.Names())))
	}
	return groups
}
