package hosts

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// sshFiles returns the files of an ssh configuration that writes names in every possible way.
func sshFiles() map[string]string {
	return map[string]string{
		"config": `# Host comment1
HostName global.invalid
Include conf.d/*.conf missing.conf "with space/x.conf"
Host web1 web1.example.com alias-of-web
  HostName 192.0.2.1
host = web2
  HostName=192.0.2.2
	HOST	"web3"	"web with blank" # web-in-comment
  HostName 192.0.2.3
Host web* !web9 db?
  Port 2222
Host !web8 web8 web7
  HostName 192.0.2.7
Match host webm
  HostName 192.0.2.77
  Include matched.conf
Host=web4
  HostName 192.0.2.4
Host outer1 outer2
  Include nested.conf
Host "web5" web6
  HostName 192.0.2.5
ProxyCommand echo Host web-in-command
`,
		"conf.d/10.conf":    "Host inc1\n  HostName 192.0.2.11\n",
		"conf.d/20.conf":    "Host inc2 web1\r\n  HostName 192.0.2.12\r\n",
		"conf.d/x.txt":      "Host notinc\n",
		"with space/x.conf": "Host inc3\n  HostName 192.0.2.13\n",
		"matched.conf":      "Host notmatched\n  HostName 192.0.2.99\n",
		"nested.conf":       "Host outer1 stranger\n  HostName 192.0.2.21\n",
	}
}

func TestSSHConfigNames(t *testing.T) {
	sys := testSystem(t, nil)
	for path, text := range sshFiles() {
		write(t, filepath.Join(sys.Home, ".ssh", path), text)
	}
	all, err := sshConfigNames(sys, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"inc1", "inc2", "web1", "inc3", "web1.example.com", "alias-of-web", "web2", "web3", "web7", "web4", "outer1", "outer2", "web5", "web6"}
	slices.Sort(want)
	got := slices.Sorted(slices.Values(all))
	if !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	t.Run("ssh has a block for each", func(t *testing.T) {
		ssh := needSSH(t)
		global := hostName(t, ssh, sys, "stranger-to-all")
		if global != "global.invalid" {
			t.Fatalf("an unknown name has HostName %q: ssh does not read the configuration", global)
		}
		// ssh takes the first value, here the HostName before the first Host. Without that line, each
		// name has its own HostName.
		config := filepath.Join(sys.Home, ".ssh/config")
		data, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		write(t, config, strings.Replace(string(data), "HostName global.invalid\n", "", 1))
		for _, name := range all {
			if name == "outer2" { // its block sets nothing
				continue
			}
			if got := hostName(t, ssh, sys, name); !strings.HasPrefix(got, "192.0.2.") {
				t.Errorf("%s: ssh -G says HostName %q, so it has no block", name, got)
			}
		}
		for _, name := range []string{"notinc", "notmatched", "stranger", "web8", "web-in-comment", "web-in-command", "comment1"} {
			if got := hostName(t, ssh, sys, name); got != name {
				t.Errorf("%s: ssh -G says HostName %q, so it has a block", name, got)
			}
		}
	})
	for pattern, want := range map[string][]string{
		"web*":   {"web1", "web2", "web3", "web7", "web4", "web5"},
		"web?":   {"web1", "web2", "web3", "web7", "web4", "web5"},
		"*.com":  {"web1.example.com"},
		"inc[2]": nil,
		"stran*": nil,
	} {
		got, err := sshConfigNames(sys, pattern)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s matches %q, %v; want %q", pattern, got, err, want)
		}
	}
}

// needSSH returns the path of ssh. Without ssh it skips the test; in CI it fails the test.
func needSSH(t *testing.T) string {
	t.Helper()
	sshtest.Need(t, "ssh")
	return sshtest.Program("ssh")
}

// hostName returns the HostName that ssh uses for name. ssh looks for relative includes below the
// home directory of the password file, so hostName makes them absolute.
func hostName(t *testing.T, ssh string, sys System, name string) string {
	t.Helper()
	dir := filepath.Join(sys.Home, ".ssh")
	data, err := os.ReadFile(filepath.Join(dir, "config"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"Include conf.d/*.conf missing.conf \"with space/x.conf\"", "Include "+dir+"/conf.d/*.conf "+dir+"/missing.conf \""+dir+"/with space/x.conf\"",
		"Include nested", "Include "+dir+"/nested",
		"Include matched", "Include "+dir+"/matched",
	).Replace(string(data))
	config := write(t, filepath.Join(t.TempDir(), "config"), text)
	out, err := exec.Command(ssh, "-G", "-F", config, name).Output()
	if err != nil {
		t.Fatalf("ssh -G %s: %v", name, err)
	}
	for line := range strings.Lines(string(out)) {
		if value, ok := strings.CutPrefix(line, "hostname "); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("ssh -G %s names no host", name)
	return ""
}

func TestInvalidSSHConfig(t *testing.T) {
	sys := testSystem(t, nil)
	sys.SSHConfig = "own"
	write(t, "own", "Host \"web1\n")
	if _, err := sshConfigNames(sys, ""); err == nil || !strings.Contains(err.Error(), "own:1: unclosed quote") {
		t.Errorf("error %v", err)
	}
	write(t, "own", "Host a\nInclude "+filepath.Join(sys.Home, ".ssh", "loop")+"\n")
	write(t, filepath.Join(sys.Home, ".ssh", "loop"), "Include loop\n")
	if _, err := sshConfigNames(sys, ""); err == nil || !strings.Contains(err.Error(), "more than 16 deep") {
		t.Errorf("error %v", err)
	}
	sys.SSHConfig = "gone"
	if got, err := sshConfigNames(sys, ""); err != nil || got != nil {
		t.Errorf("missing file: %q, %v", got, err)
	}
}

func TestPatterns(t *testing.T) {
	ssh := "Host web1 web1.lan\nHost web2\nHost db1\nHost web*\n"
	tests := []struct {
		name  string
		sel   Selection
		files map[string]string
		want  string
		notes string
		fails string
	}{
		{name: "a host file", sel: Selection{Hosts: []string{"w*"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": sections, "home/.ssh/config": ssh}, want: "web1 web2 web3"},
		{name: "the default host file", sel: Selection{Hosts: []string{"d?1"}}, files: map[string]string{".hostfile": sections}, want: "db1", notes: "Note: use hostfile '.hostfile' (default)"},
		{name: "groups", sel: Selection{Hosts: []string{"we*[2-3]"}}, files: map[string]string{"config/clustershell/groups.yaml": "a: {x: 'web[1-2]', y: 'web[2-3]'}\nb: {all: z, w: web33}\n", "home/.ssh/config": ssh}, want: "web2 web3 web33"},
		{name: "dsh's groups", sel: Selection{Hosts: []string{"d*1"}}, files: map[string]string{"home/.dsh/group/x": "web1\ndb1\n"}, want: "db1"},
		{name: "ssh's configuration", sel: Selection{Hosts: []string{"web*"}}, files: map[string]string{"home/.ssh/config": ssh}, want: "web1 web2"},
		{name: "excluding", sel: Selection{Hosts: []string{"web[1-3],db1"}, Exclude: []string{"web*"}}, want: "db1"},
		{name: "excluding in a LIST", sel: Selection{Hosts: []string{"@*!w*"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": sections}, want: "bastion db1 db2"},
		{name: "excluding nothing", sel: Selection{Hosts: []string{"a"}, Exclude: []string{"b*"}}, want: "a", notes: "Note: -x b* excludes no host"},
		{name: "with user and port", sel: Selection{Hosts: []string{"web*"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": "root@web1:22\n"}, want: "root@web1:22"},
		{name: "a host file that cannot be read", sel: Selection{Hosts: []string{"web*"}, Hostfiles: []string{"f"}}, files: map[string]string{"f": "a\n@gone\n", "home/.ssh/config": ssh}, fails: "f:2: unknown group"},
		{name: "nothing matches", sel: Selection{Hosts: []string{"a,x*"}}, files: map[string]string{"home/.ssh/config": ssh}, fails: "-h: no known name matches x*"},
		{name: "everything", sel: Selection{Hosts: []string{"*"}}, files: map[string]string{"home/.ssh/config": ssh}, fails: "-h: pattern matches every host"},
		{name: "everything, in two", sel: Selection{Hosts: []string{"?*"}}, files: map[string]string{"home/.ssh/config": ssh}, fails: "pattern matches every host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := testSystem(t, nil)
			sys.Home, sys.ConfigHome = "home", "config"
			for path, text := range tt.files {
				write(t, path, text)
			}
			list, notes, err := tt.sel.Resolve(t.Context(), sys)
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("hosts %q, error %v; want an error with %q", list.Names(), err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(list.Names(), " "); got != tt.want {
				t.Errorf("hosts %q, want %q", got, tt.want)
			}
			if got := strings.Join(notes, "\n"); got != tt.notes {
				t.Errorf("notes %q, want %q", got, tt.notes)
			}
		})
	}
}

func TestKnown(t *testing.T) {
	sys := testSystem(t, nil)
	sys.Home, sys.ConfigHome, sys.Run = "home", "config", run
	for path, text := range map[string]string{
		".hostfile":                        "a\n[web]\nb\n",
		"config/clustershell/groups.yaml":  "x: {g: c}\n",
		"config/clustershell/groups.conf":  "[Main]\ndefault: c\n[c]\nmap: echo d\nlist: echo 'l[1-2]'\n",
		"home/.dsh/group/lab":              "e\n",
		"home/.ssh/config":                 "Host f f.lan\n",
		"config/clustershell/groups.d/not": "",
	} {
		write(t, path, text)
	}
	hosts, groups := Known(t.Context(), sys, Selection{})
	if got := strings.Join(hosts, " "); got != "a b c d e f f.lan" {
		t.Errorf("hosts %q", got)
	}
	if got := strings.Join(groups, " "); got != "@web @x:g @l1 @l2 @lab" {
		t.Errorf("groups %q", got)
	}
}
