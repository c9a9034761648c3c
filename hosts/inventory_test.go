package hosts

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"clsh/hosts/inventory"
)

// script writes a program that prints text.
func script(t *testing.T, path, text string) {
	t.Helper()
	write(t, path, "#!/bin/sh\ncat <<'END'\n"+text+"\nEND\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// testInventory is an inventory of several groups; webs have a user of their own, and some hosts cannot be
// used.
const testInventory = `{
"web": {"hosts": ["web2", "web1"], "vars": {"ansible_user": "www"}},
"db": ["db1"],
"prod": {"children": ["web", "db"], "vars": {"ansible_user": "ops", "ansible_port": 22022}},
"odd": ["here", "tmpl", "box", "win", "web 9", "root@x", "web1:22"],
"bad group": ["db1"],
"_meta": {"hostvars": {
	"web1": {"ansible_host": "192.0.2.1", "ansible_port": "2222", "ansible_ssh_private_key_file": "~/.ssh/key"},
	"web2": {"ansible_ssh_host": "fe80::1%eth0", "ansible_host": "ignored", "ansible_connection": "ansible.builtin.ssh"},
	"here": {"ansible_connection": "local"}, "tmpl": {"ansible_host": "{{ address }}"}, "win": {"ansible_connection": "winrm"},
	"box": {"ansible_connection": "community.docker.docker", "ansible_host": "box_1"}
}}}`

func TestInventory(t *testing.T) {
	tests := []struct {
		name  string
		sel   Selection
		env   map[string]string
		files map[string]string
		want  string // each host with its settings
		fails string
	}{
		{name: "a group", sel: Selection{Groups: []string{"web"}}, want: "web2(www@fe80::1%eth0:22022) web1(www@192.0.2.1:2222 ~/.ssh/key)"},
		{name: "groups in groups, in the order of the inventory", sel: Selection{Hosts: []string{"@prod"}}, want: "web2(www@fe80::1%eth0:22022) web1(www@192.0.2.1:2222 ~/.ssh/key) db1(ops@:22022)"},
		{name: "a name", sel: Selection{Hosts: []string{"db1,other,me@web1:9"}}, want: "db1(ops@:22022) other me@web1:9(www@192.0.2.1:2222 ~/.ssh/key)"},
		{name: "a pattern", sel: Selection{Hosts: []string{"web?,d*"}}, want: "web2(www@fe80::1%eth0:22022) web1(www@192.0.2.1:2222 ~/.ssh/key) db1(ops@:22022)"},
		{name: "operators", sel: Selection{Hosts: []string{"@prod!@web"}}, want: "db1(ops@:22022)"},
		{name: "all", sel: Selection{All: true, Exclude: []string{"@odd"}}, fails: `inventory: host "web 9": white space in a name`},
		{name: "none is selected", fails: "no hosts given: an inventory names hosts, and selects none\nhint: select them with -h LIST, -g GROUP or -a"},
		{
			name: "no other source is looked at", env: map[string]string{"CLSH_HOSTS": "a"}, files: map[string]string{".hostfile": "b\n[web]\nc\n"},
			fails: "an inventory names hosts, and selects none",
		},
		{name: ".hostfile has no groups then", sel: Selection{Hosts: []string{"@mine"}}, files: map[string]string{".hostfile": "[mine]\nc\n"}, fails: `unknown group "mine"`},
		{name: "a host file that is named selects", sel: Selection{Hostfiles: []string{"f"}}, files: map[string]string{"f": "db1\n[web]\nw\n"}, want: "db1(ops@:22022) w"},
		{name: "a group of both", sel: Selection{Hostfiles: []string{"f"}, Groups: []string{"db"}}, files: map[string]string{"f": "x\n[db]\ndb2\n"}, want: "db1(ops@:22022) db2"},
		{name: "an inventory before other sources", sel: Selection{Groups: []string{"db"}}, files: map[string]string{"config/clustershell/groups.yaml": "s: {db: other}\n"}, want: "db1(ops@:22022)"},
		{name: "other sources, too", sel: Selection{Groups: []string{"more"}}, files: map[string]string{"config/clustershell/groups.yaml": "s: {more: 'db1,m1'}\n"}, want: "db1(ops@:22022) m1"},
		{name: "an unknown group", sel: Selection{Groups: []string{"wbe"}}, fails: "hint: the nearest group is @web; known groups: @all, @web, @db, @prod, @odd"},

		{name: "this machine", sel: Selection{Hosts: []string{"here,db1"}}, fails: "inventory: host here: ansible_connection is local: it is this machine, not a host\nhint: -x here excludes it"},
		{name: "a host that is excluded is not refused", sel: Selection{Hosts: []string{"here,db1"}, Exclude: []string{"here"}}, want: "db1(ops@:22022)"},
		{name: "a template", sel: Selection{Hosts: []string{"tmpl"}}, fails: `host tmpl: ansible_host "{{ address }}" is a template, which only ansible can expand`},
		{name: "another way to connect", sel: Selection{Hosts: []string{"win"}}, fails: `host win: ansible_connection "winrm": clsh does not know it`},
		{name: "a container", sel: Selection{Hosts: []string{"box"}}, want: "box(box_1 by docker)"},
		{name: "a bad name in a group", sel: Selection{Groups: []string{"odd"}}, fails: `inventory: host "web 9": white space in a name`},
		{name: "a bad name that a pattern matches", sel: Selection{Hosts: []string{"*9"}}, fails: `host "web 9"`},
		{name: "a name with a user", sel: Selection{Hosts: []string{"root*"}}, fails: `host "root@x": name with a user, a port or brackets`},
		{name: "a name with a port", sel: Selection{Hosts: []string{"w*2"}}, fails: `host "web1:22": name with a user`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := testSystem(t, tt.env)
			sys.Home, sys.ConfigHome, sys.Run = "home", "config", run
			script(t, "inv", testInventory)
			for path, text := range tt.files {
				write(t, path, text)
			}
			tt.sel.Inventories = []string{"inv"}
			list, notes, err := tt.sel.Resolve(t.Context(), sys)
			if refused(t, list, err, tt.fails) {
				return
			}
			if got := withSettings(list); got != tt.want {
				t.Errorf("hosts %q, want %q", got, tt.want)
			}
			if len(notes) > 0 {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// refused reports whether a selection is to be refused, with an error that holds want.
func refused(t *testing.T, list List, err error, want string) bool {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Fatalf("hosts %q, error %v; want an error with %q", list.Names(), err, want)
	}
	return want != ""
}

// withSettings returns the hosts, with those of their settings that are not empty.
func withSettings(list List) string {
	words := make([]string, len(list))
	for i, h := range list {
		words[i] = h.Name
		if s := h.Settings; s != nil {
			text := s.HostName
			if s.User != "" {
				text = s.User + "@" + text
			}
			if s.Port != "" {
				text += ":" + s.Port
			}
			if s.IdentityFile != "" {
				text += " " + s.IdentityFile
			}
			if s.Transport != "" {
				text += " by " + s.Transport
			}
			words[i] += "(" + text + ")"
		}
	}
	return strings.Join(words, " ")
}

func TestParseSettings(t *testing.T) {
	for _, test := range []struct {
		vars string // of JSON
		want string // the settings, or what begins with ! is part of the error
	}{
		{`{}`, "h"},
		{`{"ansible_host": ""}`, "h"},
		{`{"ansible_host": "2001:db8::1", "ansible_user": "u"}`, "h(u@2001:db8::1)"},
		{`{"ansible_port": 2222}`, "h(:2222)"},
		{`{"ansible_port": 2222, "ansible_ssh_port": 2223}`, "h(:2223)"},
		{`{"ansible_ssh_user": "u", "ansible_private_key_file": "/k 1"}`, "h(u@ /k 1)"},
		{`{"ansible_connection": "smart"}`, "h"},
		{`{"ansible_connection": "paramiko"}`, "h"},
		{`{"ansible_connection": "containers.podman.podman"}`, "h( by podman)"},
		{`{"ansible_connection": "kubernetes.core.kubectl", "ansible_user": "u"}`, "h(u@ by kubectl)"},
		{`{"ansible_connection": "ansible.builtin.local"}`, "!ansible_connection is local"},
		{`{"ansible_connection": "{{ c }}"}`, "!is a template"},
		{`{"ansible_host": "a b"}`, `!ansible_host "a b": white space`},
		{`{"ansible_host": "-oProxyCommand=x"}`, "!begins with a dash"},
		{`{"ansible_host": "u@a"}`, "!user, port or brackets"},
		{`{"ansible_host": "[::1]"}`, "!user, port or brackets"},
		{`{"ansible_host": "a:22"}`, "!user, port or brackets"},
		{`{"ansible_host": "{% if x %}a{% endif %}"}`, "!is a template"},
		{`{"ansible_host": ["a"]}`, "!ansible_host is not text"},
		{`{"ansible_user": "$(id)"}`, "!special to the shell"},
		{`{"ansible_user": {"__ansible_vault": "x"}}`, "!ansible_user is encrypted"},
		{`{"ansible_port": 0}`, "!port is not between"},
		{`{"ansible_port": 22.5}`, "!ansible_port is not a whole number"},
		{`{"ansible_port": true}`, "!ansible_port is not text"},
		{`{"ansible_port": "ssh"}`, "!port is not a number"},
		{`{"ansible_ssh_private_key_file": "a\nb"}`, "!control character"},
	} {
		inv := inventory.New(inventoryVars()...)
		if err := inv.Add("i", []byte(`{"g": ["h"], "_meta": {"hostvars": {"h": `+test.vars+`}}}`)); err != nil {
			t.Fatal(err)
		}
		s, err := parseSettings(inv.Vars("h"))
		want, fails := strings.CutPrefix(test.want, "!")
		if fails {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want one with %q", test.vars, err, want)
			}
			continue
		}
		h := Host{Name: "h"}
		if s != (Settings{}) {
			h.Settings = &s
		}
		if got := withSettings(List{h}); err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", test.vars, got, want, err)
		}
	}
}

func TestInventorySources(t *testing.T) {
	tests := []struct {
		name  string
		make  func(t *testing.T)
		paths []string // default: inv
		want  string
		fails string
	}{
		{name: "an old program tells the variables of one host at a time", make: func(t *testing.T) {
			t.Helper()
			script(t, "inv", "END\n[ \"$1\" = --list ] && echo '{\"g\": [\"a\", \"b\"]}' || echo '{\"ansible_host\": \"'$2'.example\"}'\ncat <<'END'")
		}, want: "a(a.example) b(b.example)"},
		{name: "several", paths: []string{"inv", "more"}, make: func(t *testing.T) {
			t.Helper()
			script(t, "inv", `{"g": ["a"], "_meta": {"hostvars": {"a": {"ansible_user": "1", "ansible_port": 1}}}}`)
			script(t, "more", `{"g": ["b", "a"], "_meta": {"hostvars": {"a": {"ansible_user": "2"}}}}`)
		}, want: "a(2@:1) b"},
		{name: "any other file is ansible-inventory's", make: func(t *testing.T) {
			t.Helper()
			write(t, "inv", "whatever")
		}, want: "ansible-inventory"},
		{name: "a directory, too", make: func(t *testing.T) {
			t.Helper()
			write(t, "inv/hosts.ini", "whatever")
		}, want: "ansible-inventory"},
		{name: "it is not installed", make: func(t *testing.T) {
			t.Helper()
			write(t, "inv", "missing")
		}, fails: `inventory "inv": ansible-inventory is not installed` + "\nhint: install ansible-core"},
		{name: "a program that fails", make: func(t *testing.T) {
			t.Helper()
			script(t, "inv", "END\nexit 3\ncat <<'END'")
		}, fails: `inventory "inv": run it with --list: exit status 3`},
		{name: "a program that is none", make: func(t *testing.T) {
			t.Helper()
			write(t, "inv", "web1\n")
			if err := os.Chmod("inv", 0o755); err != nil {
				t.Fatal(err)
			}
		}, fails: "exec format error\nhint: an inventory that is no program must not be executable"},
		{name: "no answer", make: func(t *testing.T) {
			t.Helper()
			write(t, "inv", "#!/bin/sh\n")
			if err := os.Chmod("inv", 0o755); err != nil {
				t.Fatal(err)
			}
		}, fails: `inventory "inv": not a JSON object`},
		{name: "a cycle", make: func(t *testing.T) {
			t.Helper()
			script(t, "inv", `{"g": {"children": ["h"]}, "h": {"children": ["g"]}}`)
		}, fails: `inventory "inv": cycle of groups: g > h > g`},
		{name: "nothing is there", make: func(*testing.T) {}, fails: `inventory "inv": no such file or directory`},
		{name: "a list of hosts", paths: []string{"a,b,"}, make: func(*testing.T) {}, fails: "hint: -h LIST names hosts"},
		{name: "others may write it", make: func(t *testing.T) {
			t.Helper()
			script(t, "inv", `{"g": ["a"]}`)
			if err := os.Chmod("inv", 0o775); err != nil {
				t.Fatal(err)
			}
		}, fails: "inventory \"inv\": others may write it (mode 0775)\nhint: run chmod go-w inv"},
		{name: "others may write into the directory", make: func(t *testing.T) {
			t.Helper()
			write(t, "inv/a.ini", "")
			if err := os.Chmod("inv", 0o777); err != nil {
				t.Fatal(err)
			}
		}, fails: "inventory \"inv\": others may write it (mode 0777)"},
		{name: "others may write what is beside it", make: func(t *testing.T) {
			t.Helper()
			write(t, "inv", "whatever")
			write(t, "group_vars/web.yml", "")
			if err := os.Chmod("group_vars/web.yml", 0o666); err != nil {
				t.Fatal(err)
			}
		}, fails: "inventory \"inv\": group_vars: web.yml: others may write it (mode 0666)"},
		{name: "others may write what is in the directory", make: func(t *testing.T) {
			t.Helper()
			write(t, "inv/.git/x", "")
			write(t, "inv/group_vars/web.yml", "")
			for _, path := range []string{"inv/group_vars/web.yml", "inv/.git/x"} {
				if err := os.Chmod(path, 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}, fails: "inventory \"inv\": group_vars: web.yml: others may write it (mode 0666)\nhint: run chmod go-w inv/group_vars/web.yml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := testSystem(t, nil)
			sys.Run = withoutAnsible
			tt.make(t)
			if tt.paths == nil {
				tt.paths = []string{"inv"}
			}
			list, _, err := Selection{Groups: []string{"g"}, Inventories: tt.paths}.Resolve(t.Context(), sys)
			if refused(t, list, err, tt.fails) {
				return
			}
			if got := withSettings(list); got != tt.want {
				t.Errorf("hosts %q, want %q", got, tt.want)
			}
		})
	}
}

// withoutAnsible runs commands, but for ansible-inventory, whose answer is a host of its name. For
// a file that says so, it is not installed.
func withoutAnsible(ctx context.Context, argv []string) ([]byte, error) {
	i := slices.Index(argv, ansibleInventory)
	if i < 0 {
		return run(ctx, argv)
	}
	if text, err := os.ReadFile(argv[i+2]); err == nil && string(text) == "missing" {
		return run(ctx, slices.Concat(argv[:i], []string{"clsh-test-no-such-program"}, argv[i+1:]))
	}
	return fmt.Appendf(nil, `{"g": {"hosts": [%q]}, "_meta": {"hostvars": {}}}`, ansibleInventory), nil
}
