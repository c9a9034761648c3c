package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// read returns the inventory of the answers, and the first error.
func read(answers ...string) (*Inventory, error) {
	inv := New("ansible_host", "ansible_user", "ansible_port")
	for i, answer := range answers {
		if err := inv.Add(fmt.Sprintf("source%d", i), []byte(answer)); err != nil {
			return nil, err
		}
	}
	return inv, inv.Check()
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		answers []string
		groups  string
		hosts   map[string]string // of groups
	}{
		{
			name: "children follow a group's own hosts",
			answers: []string{`{"top": {"hosts": ["t"], "children": ["b", "a"]}, "a": {"hosts": ["a2", "a1"]}, "b": {"hosts": ["b1", "t"]},
				"_meta": {"hostvars": {}}}`},
			groups: "all top b a",
			hosts:  map[string]string{"top": "t b1 a2 a1", "all": "t b1 a2 a1", "a": "a2 a1", "ungrouped": ""},
		},
		{
			name: "the order of all is that of its children",
			answers: []string{`{"all": {"children": ["ungrouped", "web", "db"]}, "db": {"hosts": ["d"]}, "ungrouped": {"hosts": ["u"]}, "web": {"hosts": ["w"]},
				"_meta": {"hostvars": {"stray": {}}}}`},
			groups: "all ungrouped web db",
			hosts:  map[string]string{"all": "u w d", "ungrouped": "u"},
		},
		{
			name:    "the old form: lists, and a host with its variables",
			answers: []string{`{"web": ["w1", "w2"], "lone": {"ansible_host": "x"}, "empty": {}}`},
			groups:  "all web lone empty",
			hosts:   map[string]string{"all": "w1 w2 lone", "web": "w1 w2", "lone": "lone", "empty": ""},
		},
		{
			name:    "ungrouped are the hosts of no other group",
			answers: []string{`{"all": {"hosts": ["a", "b"]}, "ungrouped": ["b", "c"], "web": ["c"]}`},
			groups:  "all ungrouped web",
			hosts:   map[string]string{"all": "a b c", "ungrouped": "a b"},
		},
		{
			name:    "several sources make one inventory",
			answers: []string{`{"web": ["w1"], "prod": {"children": ["web"]}}`, `{"web": ["w2", "w1"], "db": ["d"]}`},
			groups:  "all web prod db",
			hosts:   map[string]string{"web": "w1 w2", "prod": "w1 w2", "all": "w1 w2 d"},
		},
		{
			name:    "a group that is reached twice",
			answers: []string{`{"a": {"children": ["b", "c"]}, "b": {"children": ["d"]}, "c": {"children": ["d"]}, "d": ["h"]}`},
			groups:  "all a b c d",
			hosts:   map[string]string{"a": "h"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inv, err := read(test.answers...)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(inv.Groups(), " "); got != test.groups {
				t.Errorf("groups %q, want %q", got, test.groups)
			}
			for group, want := range test.hosts {
				if got, known := inv.Hosts(group); !known || strings.Join(got, " ") != want {
					t.Errorf("%s: %q (known: %v), want %q", group, got, known, want)
				}
			}
			if got, known := inv.Hosts("nowhere"); known {
				t.Errorf("an unknown group has %q", got)
			}
			if inv.Has("stray") {
				t.Error("a host of no group is in the inventory")
			}
		})
	}
}

func TestVars(t *testing.T) {
	t.Parallel()
	const groups = `"web": {"hosts": ["h"], "vars": {"ansible_user": "web", "ansible_port": 1, "other": 3}},
		"prod": {"children": ["web"], "vars": {"ansible_user": "prod", "ansible_host": "prod.example"}},
		"all": {"vars": {"ansible_user": "all", "ansible_port": 2}}`
	for _, test := range []struct {
		name    string
		answers []string
		want    string
	}{
		{"children override parents, and both all", []string{`{` + groups + `}`}, "host=prod.example port=1 user=web"},
		{"a host overrides its groups", []string{`{` + groups + `, "_meta": {"hostvars": {"h": {"ansible_user": "h"}}}}`}, "host=prod.example port=1 user=h"},
		{"groups of one depth by name", []string{`{"b": {"hosts": ["h"], "vars": {"ansible_user": "b"}}, "a": {"hosts": ["h"], "vars": {"ansible_user": "a"}}}`}, "user=b"},
		{
			"groups of one depth by priority",
			[]string{`{"b": {"hosts": ["h"], "vars": {"ansible_user": "b"}}, "a": {"hosts": ["h"], "vars": {"ansible_user": "a", "ansible_group_priority": 10}}}`}, "user=a",
		},
		{"a later source", []string{`{"a": ["h"], "_meta": {"hostvars": {"h": {"ansible_user": "1", "ansible_port": 1}}}}`, `{"_meta": {"hostvars": {"h": {"ansible_user": "2"}}}}`}, "port=1 user=2"},
		{"null is unset", []string{`{"a": {"hosts": ["h"], "vars": {"ansible_user": "a"}}, "_meta": {"hostvars": {"h": {"ansible_user": null}}}}`}, "user=a"},
		{"text that is not to be expanded", []string{`{"a": ["h"], "_meta": {"hostvars": {"h": {"ansible_user": {"__ansible_unsafe": "u"}}}}}`}, "user=u"},
		{"text that is encrypted", []string{`{"a": ["h"], "_meta": {"hostvars": {"h": {"ansible_user": {"__ansible_vault": "$ANSIBLE"}}}}}`}, "user(is encrypted)"},
		{"other types", []string{`{"a": ["h"], "_meta": {"hostvars": {"h": {"ansible_user": ["u"], "ansible_host": true, "ansible_port": 1.5}}}}`}, "host(is not text) port(is not a whole number) user(is not text)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inv, err := read(test.answers...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for name, value := range inv.Vars("h") {
				name = strings.TrimPrefix(name, "ansible_")
				switch {
				case name == "group_priority":
				case value.Problem != "":
					got = append(got, name+"("+value.Problem+")")
				default:
					got = append(got, name+"="+value.Text)
				}
			}
			slices.Sort(got)
			if text := strings.Join(got, " "); text != test.want {
				t.Errorf("variables %q, want %q", text, test.want)
			}
		})
	}
}

func TestUnasked(t *testing.T) {
	t.Parallel()
	inv, err := read(`{"a": ["h", "i"]}`, `{"b": ["h"], "_meta": {"hostvars": {"h": {}}}}`, `{"b": {"hosts": ["h"]}, "_meta": {}}`)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"h": "source0 source2", "i": "source0"} {
		if got := strings.Join(inv.Unasked(host), " "); got != want {
			t.Errorf("%s: not asked %q, want %q", host, got, want)
		}
	}
	if err := inv.AddVars("h", []byte(`{"ansible_user": "late"}`)); err != nil || inv.Vars("h")["ansible_user"].Text != "late" {
		t.Errorf("variables %v, error %v", inv.Vars("h"), err)
	}
}

// chain returns an inventory of groups each of which holds the next.
func chain(groups int) string {
	var b strings.Builder
	for i := range groups {
		fmt.Fprintf(&b, `"g%d": {"children": ["g%d"]}, `, i, i+1)
	}
	return fmt.Sprintf(`{%s "g%d": ["h"]}`, b.String(), groups)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ answer, want string }{
		"nothing":            {"", "not a JSON object"},
		"no object":          {`["a"]`, "not a JSON object"},
		"no JSON":            {"ERROR! no inventory", "invalid JSON"},
		"cut":                {`{"a": ["h"`, "invalid JSON"},
		"two values":         {`{"a": ["h"]} {"b": ["i"]}`, "more than one JSON value"},
		"not UTF-8":          {"{\"a\": [\"h\xff\"]}", "not UTF-8"},
		"half a surrogate":   {`{"a": ["h\ud800"]}`, "a character that is not Unicode"},
		"a group twice":      {`{"a": ["h"], "a": ["i"]}`, `"a" occurs twice`},
		"a key twice":        {`{"a": {"hosts": ["h"], "hosts": ["i"]}}`, `group "a": "hosts" occurs twice`},
		"a group of a type":  {`{"a": "h"}`, `group "a": neither a list of hosts nor an object`},
		"hosts of a type":    {`{"a": {"hosts": {"h": {}}}}`, `group "a": hosts: not a list of names`},
		"hosts that is null": {`{"a": {"hosts": null}}`, `group "a": hosts: not a list of names`},
		"a host of a type":   {`{"a": {"hosts": ["h", 12]}}`, `group "a": hosts: element 2 is not a name`},
		"children of a type": {`{"a": {"children": "b"}}`, `group "a": children: not a list of names`},
		"vars of a type":     {`{"a": {"hosts": [], "vars": []}}`, `group "a": vars: not a JSON object`},
		"a bad priority":     {`{"a": {"hosts": [], "vars": {"ansible_group_priority": "high"}}}`, `"high" is not a number`},
		"_meta of a type":    {`{"_meta": []}`, "_meta: not a JSON object"},
		"hostvars of a type": {`{"_meta": {"hostvars": 3}}`, "_meta: hostvars: not a JSON object"},
		"a host's variables": {`{"_meta": {"hostvars": {"h": "x"}}}`, `_meta: variables of "h": not a JSON object`},
		"a cycle":            {`{"x": {"children": ["a"]}, "a": {"children": ["b"]}, "b": {"children": ["c"]}, "c": {"children": ["a"]}}`, "cycle of groups: a > b > c > a"},
		"a group of itself":  {`{"a": {"hosts": ["h"], "children": ["a"]}}`, "cycle of groups: a > a"},
		"all within a group": {`{"a": {"children": ["all"]}}`, "cycle of groups: all > a > all"},
		"a long chain":       {chain(300), "groups nested more than 200 levels deep"},
		"a long chain back":  {strings.Replace(chain(300), `["h"]`, `{"children": ["g0"]}`, 1), "groups nested more than 200 levels deep"},
		"deep JSON":          {`{"a": ` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + `}`, "exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := read(test.answer); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
	if inv, err := read(chain(150)); err != nil {
		t.Error(err)
	} else if hosts, _ := inv.Hosts("g0"); !slices.Equal(hosts, []string{"h"}) {
		t.Errorf("a chain that is long enough has %q", hosts)
	}
}

func FuzzAdd(f *testing.F) {
	for _, seed := range []string{
		`{"a": ["h", "i"], "b": {"hosts": ["h"], "children": ["a"], "vars": {"ansible_port": 22}}, "_meta": {"hostvars": {"h": {"ansible_user": "u"}}}}`,
		`{"a": {"children": ["b"]}, "b": {"children": ["a"]}}`, `{"a": {"x": {"y": []}}}`, `{"all": {"children": ["ungrouped", "a"]}}`, `{"a": null}`, "{\"\x00\": [\"\u2028\"]}",
	} {
		f.Add([]byte(seed), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		inv, err := read(string(first), string(second))
		if err != nil {
			return
		}
		everyone, _ := inv.Hosts("all")
		for i, name := range everyone {
			if !inv.Has(name) || slices.Contains(everyone[:i], name) {
				t.Errorf("all has %q, which no group names, or twice", name)
			}
			inv.Vars(name)
			inv.Unasked(name)
		}
		for _, group := range inv.Groups() {
			hosts, known := inv.Hosts(group)
			if !known {
				t.Errorf("there is no group %q", group)
			}
			for _, host := range hosts {
				if !slices.Contains(everyone, host) {
					t.Errorf("%q is in %q and not in all", host, group)
				}
			}
		}
	})
}
