package remote

import (
	"slices"
	"strings"
	"testing"

	"clsh/hosts"
)

func TestVia(t *testing.T) {
	for _, c := range []struct {
		words string
		host  hosts.Host
		want  string // the client's words
	}{
		{"local", hosts.Host{Addr: "n1"}, ""},
		{"docker", hosts.Host{Addr: "n1"}, "docker exec -i n1"},
		{"podman", hosts.Host{Addr: "n1"}, "podman exec -i n1"},
		{"kubectl", hosts.Host{Addr: "n1"}, "kubectl exec -i n1 --"},
		{"lxc", hosts.Host{Addr: "n1"}, "lxc exec n1 --"},
		{"incus", hosts.Host{Addr: "n1"}, "incus exec n1 --"},
		{"srun", hosts.Host{Addr: "n1"}, "srun -N1 -n1 -w n1"},
		{"nsenter", hosts.Host{Addr: "812"}, "nsenter -a -t 812 --"},
		{"kubectl -n prod exec -i %h -c app --", hosts.Host{Addr: "n1"}, "kubectl -n prod exec -i n1 -c app --"},
		{"run %u@%h:%p #%n 100%%", hosts.Host{Name: "me@n1:22", User: "me", Addr: "n1", Port: "22"}, "run me@n1:22 #7 100%"},
		{"run %u %p", hosts.Host{Addr: "n1"}, "run root 2222"},
		{"run %%h", hosts.Host{Addr: "n1"}, "run %h"},
		{"env A=1", hosts.Host{Addr: "n1"}, "env A=1"},
	} {
		words, err := ParseVia(strings.Fields(c.words))
		if err != nil {
			t.Errorf("%s: %v", c.words, err)
			continue
		}
		v := Via{Words: words, User: "root", Port: "2222"}
		if got := strings.Join(v.Client(c.host, 7), " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.words, got, c.want)
		}
		args := v.Args(c.host, 7, []string{"sh", "-c", "x y"})
		if tail := args[len(args)-3:]; !slices.Equal(tail, []string{"sh", "-c", "x y"}) {
			t.Errorf("%s: the agent's words are %q", c.words, tail)
		}
	}
}

func TestParseViaRefuses(t *testing.T) {
	for words, want := range map[string]string{
		"":                "no words",
		"local sh":        "local takes no arguments",
		"docker exec -i":  "no %h",
		"run %x":          `"%x": %h, %u`,
		"run %":           `"%": %h, %u`,
		"docker exec %%h": "no %h",
	} {
		if got, err := ParseVia(strings.Fields(words)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want an error with %q", words, got, err, want)
		}
	}
}

func TestViaMissing(t *testing.T) {
	for _, c := range []struct {
		via  Via
		host hosts.Host
		want string
	}{
		{Via{Words: []string{"run", "%h"}}, hosts.Host{Addr: "a"}, ""},
		{Via{Words: []string{"run", "-u%u"}}, hosts.Host{Addr: "a"}, "user"},
		{Via{Words: []string{"run", "-u%u"}, User: "x"}, hosts.Host{Addr: "a"}, ""},
		{Via{Words: []string{"run", "-u%u"}}, hosts.Host{User: "x", Addr: "a"}, ""},
		{Via{Words: []string{"run", "%p"}}, hosts.Host{Addr: "a"}, "port"},
		{Via{Words: []string{"run", "%%p"}}, hosts.Host{Addr: "a"}, ""},
	} {
		if got := c.via.Missing(c.host); got != c.want {
			t.Errorf("%v of %v: got %q, want %q", c.via, c.host, got, c.want)
		}
	}
}
