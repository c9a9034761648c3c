package hosts

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"clsh/hosts/inventory"
	"clsh/runner/sshtest"
)

// needAnsible reports whether the tests against ansible itself run: it is large, and slow.
func needAnsible(t *testing.T) bool {
	t.Helper()
	if !sshtest.Full() {
		t.Log("without --full, programs play ansible-inventory")
		return false
	}
	sshtest.Need(t, ansibleInventory)
	return true
}

// Inventories of every kind, read by ansible-inventory itself.
func TestInventoriesOfAnsible(t *testing.T) {
	if !needAnsible(t) {
		return
	}
	for _, test := range []struct {
		name  string
		files map[string]string // of the inventory "inv", or in it
		hosts map[string]string // by LIST, with settings
		fails string            // of all lists
	}{
		{
			name: "INI",
			files: map[string]string{"inv": `gate.example.com ansible_port=5555
[web]
www[01:03].example.com
jumper ansible_host=192.0.2.50 ansible_user=deploy ansible_ssh_private_key_file=~/.ssh/jumper
[db]
db-[a:c].example.com
[south:children]
web
db
[south:vars]
ansible_user=ops
[odd]
localhost ansible_connection=local
tmpl ansible_host="{{ undefined }}"
six ansible_host=2001:db8::6
`},
			hosts: map[string]string{
				"@web":                    "www01.example.com(ops@) www02.example.com(ops@) www03.example.com(ops@) jumper(deploy@192.0.2.50 ~/.ssh/jumper)",
				"@south!@web":             "db-a.example.com(ops@) db-b.example.com(ops@) db-c.example.com(ops@)",
				"@ungrouped":              "gate.example.com(:5555)",
				"@odd!localhost!tmpl":     "six(2001:db8::6)",
				"@all!@south!@odd,jumper": "gate.example.com(:5555) jumper(deploy@192.0.2.50 ~/.ssh/jumper)",
			},
		},
		{
			name: "YAML, in which a key names a group's members",
			files: map[string]string{"inv": `all:
  vars: {ansible_user: root}
  hosts: {mail: }
  children:
    prod:
      children:
        web: {hosts: {"web[1:2]": {}, web9: {ansible_user: w}}}
      vars: {ansible_port: 22022}
    test: {hosts: {web1: }}
`},
			hosts: map[string]string{
				"@prod": "web1(root@:22022) web2(root@:22022) web9(w@:22022)", "@prod&@test": "web1(root@:22022)", "@*": "mail(root@) web1(root@:22022) web2(root@:22022) web9(w@:22022)",
			},
		},
		{
			name: "a directory with variables in files",
			files: map[string]string{
				"inv/10-hosts": "[web]\nw1\nw2\n", "inv/20-more.yml": "web: {hosts: {w3: }}\n", "inv/group_vars/web.yml": "ansible_user: www\n",
				"inv/host_vars/w2.yml": "ansible_host: 192.0.2.2\n", "inv/.ignored": "[web\n",
			},
			hosts: map[string]string{"@web": "w1(www@) w2(www@192.0.2.2) w3(www@)"},
		},
		{name: "no inventory", files: map[string]string{"inv": "all: [x\n"}, fails: "run ansible-inventory: exit status 1\nhint: "},
		{name: "a cycle", files: map[string]string{"inv": "[a:children]\nb\n[b:children]\na\n"}, fails: "run ansible-inventory: exit status 1\nhint: "},
		{name: "one file of several is none", files: map[string]string{"inv/a": "[web]\nw1\n", "inv/b.yml": "all: [x\n"}, fails: "run ansible-inventory: exit status 1\nhint: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			sys := testSystem(t, nil)
			sys.Run, sys.Answers = run, &Answers{}
			for path, text := range test.files {
				write(t, path, text)
			}
			if test.fails != "" {
				test.hosts = map[string]string{"@all": ""}
			}
			for hosts, want := range test.hosts {
				list, _, err := Selection{Hosts: []string{hosts}, Inventories: []string{"inv"}}.Resolve(t.Context(), sys)
				if refused(t, list, err, test.fails) {
					continue
				}
				if got := withSettings(list); got != want {
					t.Errorf("%s: %q, want %q", hosts, got, want)
				}
			}
		})
	}
}

// A program is read as ansible-inventory reads it: the same groups, hosts in the same order, and the
// same variables, whichever group they come from.
func TestProgramsAgreeWithAnsible(t *testing.T) {
	if !needAnsible(t) {
		return
	}
	for name, answer := range map[string]string{
		"groups and variables": testInventory,
		"precedence": `{
			"all": {"vars": {"ansible_user": "all", "ansible_host": "all.example"}},
			"a": {"children": ["b", "c"], "vars": {"ansible_user": "a", "ansible_port": 1}},
			"b": {"hosts": ["h1", "h2"], "vars": {"ansible_port": 2, "ansible_user": "b", "ansible_group_priority": 5}},
			"c": {"hosts": ["h2", "h3"], "children": ["d"], "vars": {"ansible_port": 3, "ansible_user": "c"}},
			"d": {"hosts": ["h1", "h4"], "vars": {"ansible_host": "d.example"}},
			"z": {"hosts": ["h3"], "vars": {"ansible_user": "z"}}, "y": {"hosts": ["h3"], "vars": {"ansible_user": "y"}},
			"_meta": {"hostvars": {"h4": {"ansible_port": 4}}}}`,
		"the old form":       `{"web": ["w1", "w2"], "lone": {"ansible_host": "lone.example"}, "none": [], "_meta": {"hostvars": {}}}`,
		"hosts of all":       `{"all": {"hosts": ["x", "y"]}, "web": {"hosts": ["y", "z"]}, "ungrouped": ["z", "u"], "_meta": {"hostvars": {"x": {"ansible_port": 7}}}}`,
		"children in a row":  `{"d": {"hosts": ["d"]}, "c": {"children": ["d"], "hosts": ["c"]}, "b": {"children": ["c"]}, "a": {"children": ["c", "b"]}, "_meta": {"hostvars": {}}}`,
		"nothing at all":     `{"_meta": {"hostvars": {}}}`,
		"numbers and blanks": `{"g": {"hosts": ["h"], "vars": {"ansible_port": 22, "ansible_user": "", "ansible_host": null}}, "_meta": {"hostvars": {}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			testSystem(t, nil)
			script(t, "inv", answer)
			dir, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := run(t.Context(), []string{ansibleInventory, "-i", filepath.Join(dir, "inv"), "--list"})
			if err != nil {
				t.Fatal(err)
			}
			compareInventories(t, parsed(t, []byte(answer)), parsed(t, theirs))
		})
	}
}

// parsed returns the inventory of an answer.
func parsed(t *testing.T, answer []byte) *inventory.Inventory {
	t.Helper()
	inv := inventory.New(inventoryVars()...)
	if err := inv.Add("inv", answer); err != nil {
		t.Fatal(err)
	}
	if err := inv.Check(); err != nil {
		t.Fatal(err)
	}
	return inv
}

// compareInventories compares the groups of ours that have hosts, and what leads to each host.
func compareInventories(t *testing.T, ours, theirs *inventory.Inventory) {
	t.Helper()
	for _, group := range slices.Concat(ours.Groups(), theirs.Groups()) {
		got, _ := ours.Hosts(group)
		want, known := theirs.Hosts(group)
		if !known && len(got) == 0 {
			continue // ansible leaves empty groups out
		}
		if group == "all" || group == "ungrouped" { // its order is that of ansible's groups, sorted
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("@%s is %q, ansible's %q", group, got, want)
		}
	}
	everyone, _ := theirs.Hosts("all")
	for _, host := range everyone {
		got, gotErr := parseSettings(ours.Vars(host))
		want, wantErr := parseSettings(theirs.Vars(host))
		if got != want || (gotErr == nil) != (wantErr == nil) {
			t.Errorf("%s: %+v (%v), ansible's %+v (%v)", host, got, gotErr, want, wantErr)
		}
	}
}
