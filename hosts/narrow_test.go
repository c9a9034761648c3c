package hosts

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostsVariable is an environment in which a variable names a host.
func hostsVariable(name string) string {
	if name == "CLSH_HOSTS" {
		return "node99"
	}
	return ""
}

func TestNarrow(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte("[web]\nnode[2-3]\n[db]\ndb1,other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := Expand("node[1-4],root@db1:22,node9")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		s    Selection
		want string // or part of the error
	}{
		{Selection{}, "node1 node2 node3 node4 root@db1:22 node9"},
		{Selection{Hosts: []string{"node[3-20]"}}, "node3 node4 node9"},
		{Selection{Hosts: []string{"node9,node1"}}, "node1 node9"},
		{Selection{Hosts: []string{"node[10-20]"}}, ""},
		{Selection{Hosts: []string{"db1"}}, "root@db1:22"},
		{Selection{Hosts: []string{"other@db1"}}, ""},
		{Selection{Hosts: []string{"node*"}}, "node1 node2 node3 node4 node9"},
		{Selection{Hosts: []string{"node*"}, Exclude: []string{"node[1-3]"}}, "node4 node9"},
		{Selection{Exclude: []string{"db1,node9"}}, "node1 node2 node3 node4"},
		{Selection{Hostfiles: []string{file}}, "node2 node3 root@db1:22"},
		{Selection{Hostfiles: []string{file}, Groups: []string{"web"}}, "node2 node3"},
		{Selection{Hostfiles: []string{file}, Exclude: []string{"@web"}}, "root@db1:22"},
		{Selection{Hosts: []string{"node1"}, Pick: 3}, "node1"},
		{Selection{Hosts: []string{""}}, "-h: empty list"},
		{Selection{Exclude: []string{" "}}, "-x: empty list"},
		{Selection{Groups: []string{"nowhere"}}, "nowhere"},
	} {
		list, _, err := test.s.Narrow(context.Background(), System{Getenv: hostsVariable, Home: t.TempDir(), Etc: t.TempDir()}, all)
		if err != nil {
			if test.want == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v: %v, want %s", test.s, err, test.want)
			}
			continue
		}
		if got := strings.Join(list.Names(), " "); got != test.want {
			t.Errorf("%+v: %s, want %s", test.s, got, test.want)
		}
	}
}

// Whatever narrows, the hosts that are left are hosts that were there, each once, in their order.
func FuzzNarrow(f *testing.F) {
	f.Add("node[1-4]", "node2", uint64(1))
	f.Add("node*", "!node3", uint64(2))
	f.Fuzz(func(t *testing.T, list, exclude string, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		var names []string
		for _, name := range []string{"node1", "node2", "me@node2", "node3:22", "db", "node10", "::1"} {
			if random.IntN(3) > 0 {
				names = append(names, name)
			}
		}
		all, err := Expand(strings.Join(names, ","))
		if err != nil {
			t.Fatal(err)
		}
		s := Selection{Pick: random.IntN(4)}
		if list != "" {
			s.Hosts = []string{list}
		}
		if exclude != "" {
			s.Exclude = []string{exclude}
		}
		left, _, err := s.Narrow(context.Background(), System{Home: t.TempDir(), Etc: t.TempDir()}, all)
		if err != nil {
			return
		}
		at := -1
		for _, h := range left {
			next := slices.Index(all, h)
			if next <= at {
				t.Fatalf("-h %q -x %q of %q leaves %q", list, exclude, names, left.Names())
			}
			at = next
		}
	})
}
