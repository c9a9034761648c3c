package via

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clsh/hosts"
	"clsh/runner/flags"
	"clsh/runner/remote"
)

func TestCheckVia(t *testing.T) {
	for _, c := range []struct {
		via     string
		typed   string // other options
		command string
		want    string // part of the error, or the transport's words
	}{
		{"local", "", "date +%u", ""},
		{"ssh", "option", "", "ssh"},
		{"exec", "", "ping -c1 $CLSH_HOST", ""},
		{"exec", "", "ping -c1 %h", "-R exec: %h is not replaced"},
		{"sh -c 'x y' %h", "", "", "sh|-c|x y|%h"},
		{"local", "option", "", "--option: cannot be combined with --via"},
		{"local", "tty", "", "--tty: cannot be combined with --via"},
		{"local", "user", "", `--user: has no effect with --via "local"`},
		{"sh %u", "user", "", "sh|%u"},
		{"sh %p", "port", "", "sh|%p"},
		{"local", "fanout lost-after no-login", "", ""},
		{"sh | sh", "", "", "shell operators"},
		{"sh %h 'x", "", "", "--via"},
		{"sh %x", "", "", "are known"},
		{"no-such-program %h", "", "", `program "no-such-program" not found`},
		{"", "", "", "no words"},
	} {
		f := Flags{Via: c.via}
		origins := flags.Origins{"via": {Rank: flags.Typed}}
		for name := range strings.FieldsSeq(c.typed) {
			origins[name] = flags.Origin{Rank: flags.Typed}
		}
		err := f.CheckVia(origins, func(string) bool { return true }, c.command)
		if err != nil {
			if c.want == "" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q: %v, want %q", c.via, err, c.want)
			}
			continue
		}
		host := hosts.Host{Name: "a", Addr: "a"}
		transport, err := f.Transport(hosts.List{host}, "root", "22", 0)
		var got *remote.Via
		if transport != nil {
			got = transport(host)
		}
		switch {
		case err != nil:
			t.Errorf("%q: %v", c.via, err)
		case got == nil && c.want != "ssh", got != nil && strings.Join(got.Words, "|") != c.want:
			t.Errorf("%q: %v, want %q", c.via, got, c.want)
		}
	}
}

// What a variable or a file sets and only ssh can follow has no effect.
func TestCheckViaResets(t *testing.T) {
	f, origins := Flags{Via: "local"}, flags.Origins{"via": {Rank: flags.Typed}, "tty": {Rank: flags.FromVariable}, "option": {Rank: flags.FromFile}}
	var reset []string
	if err := f.CheckVia(origins, func(name string) bool { reset = append(reset, name); return true }, "true"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(reset, SSHOnly()) {
		t.Errorf("reset %q", reset)
	}
}

func TestTransportOfHosts(t *testing.T) {
	f := Flags{Via: "sh %u"}
	if err := f.CheckVia(flags.Origins{"via": {Rank: flags.Typed}}, func(string) bool { return true }, "true"); err != nil {
		t.Fatal(err)
	}
	list := hosts.List{{Name: "me@a", User: "me", Addr: "a"}, {Name: "b", Addr: "b"}}
	if _, err := f.Transport(list, "", "", 0); err == nil || !strings.Contains(err.Error(), "host b has no user") {
		t.Errorf("got %v", err)
	}
	if via, err := f.Transport(list, "root", "", 0); err != nil || via == nil {
		t.Errorf("a transport: %t, %v", via != nil, err)
	}
}

// Without the option, an inventory says what reaches a host.
func TestTransportOfInventory(t *testing.T) {
	list := hosts.List{
		{Name: "a", Addr: "a", Settings: &hosts.Settings{HostName: "192.0.2.1"}},
		{Name: "b", Addr: "b", Settings: &hosts.Settings{Transport: "docker", HostName: "b-1"}},
		{Name: "me@c", User: "me", Addr: "c", Settings: &hosts.Settings{Transport: "docker", User: "ops"}},
		{Name: "d", Addr: "d"},
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	var f Flags
	if _, err := f.Transport(list, "", "", 0); err == nil || !strings.Contains(err.Error(), `host b: ansible_connection docker: program "docker" not found`) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	via, err := f.Transport(list, "", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "docker exec -i b-1", "docker exec -i -u me c", ""} {
		got := ""
		if v := via(list[i]); v != nil {
			got = strings.Join(v.Client(list[i], i), " ")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", list[i].Name, got, want)
		}
	}
	if via, err := f.Transport(list[3:], "", "", 0); via != nil || err != nil {
		t.Error("a host of no inventory has a transport", err)
	}
}
