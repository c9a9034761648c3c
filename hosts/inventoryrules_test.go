package hosts

import (
	"strings"
	"testing"
)

func TestInventoryNotes(t *testing.T) {
	sys := testSystem(t, nil)
	sys.Run = run
	script(t, "inv", `{"g": {"hosts": ["a1", "a2", "b"], "vars": {"ansible_ssh_common_args": "-J gate"}}, "_meta": {"hostvars": {"b": {"ansible_ssh_common_args": ""}}}}`)
	_, notes, err := Selection{Groups: []string{"g"}, Inventories: []string{"inv"}}.Resolve(t.Context(), sys)
	want := "Note: ansible_ssh_common_args of the inventory is not used (a[1-2])\nhint: -o OPTION and -J HOST give options to ssh"
	if err != nil || strings.Join(notes, "\n") != want {
		t.Errorf("notes %q, want %q (%v)", notes, want, err)
	}
}

func TestNarrowWithInventory(t *testing.T) {
	sys := testSystem(t, nil)
	sys.Run = run
	script(t, "inv", testInventory)
	all, err := Expand("web1,web2,gone")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		sel  Selection
		want string
	}{
		{Selection{}, "web1(www@192.0.2.1:2222 ~/.ssh/key) web2(www@fe80::1%eth0:22022) gone"},
		{Selection{Groups: []string{"prod"}, Exclude: []string{"web1"}}, "web2(www@fe80::1%eth0:22022)"},
	} {
		test.sel.Inventories = []string{"inv"}
		list, _, err := test.sel.Narrow(t.Context(), sys, all)
		if got := withSettings(list); err != nil || got != test.want {
			t.Errorf("%+v: %q, want %q (%v)", test.sel, got, test.want, err)
		}
	}
	if all[0].Settings != nil {
		t.Error("the caller's list has changed")
	}
}

func TestKnownInInventory(t *testing.T) {
	sys := testSystem(t, nil)
	sys.Run = run
	script(t, "inv", testInventory)
	write(t, ".hostfile", "[mine]\nx\n")
	hosts, groups := Known(t.Context(), sys, Selection{Inventories: []string{"inv"}})
	if got, want := strings.Join(hosts, " "), "web2 web1 db1 here tmpl box win"; got != want {
		t.Errorf("hosts %q, want %q", got, want)
	}
	if got, want := strings.Join(groups, " "), "@all @web @db @prod @odd"; got != want {
		t.Errorf("groups %q, want %q", got, want)
	}
}
