package hosts

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write writes a file, makes its directory, and returns its path.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// testSystem returns a System with the environment env and changes to an empty directory.
func testSystem(t *testing.T, env map[string]string) System {
	t.Helper()
	t.Chdir(t.TempDir())
	return System{
		Getenv: func(name string) string { return env[name] },
		Home:   t.TempDir(),
		Etc:    t.TempDir(),
		UID:    os.Getuid(),
	}
}

func TestPrecedence(t *testing.T) {
	tests := []struct {
		name  string
		sel   Selection
		env   map[string]string
		files map[string]string
		want  string
		notes string
	}{
		{name: "-h", sel: Selection{Hosts: []string{"a,b", "c"}}, want: "a b c"},
		{name: "-h wins over all", sel: Selection{Hosts: []string{"x"}, Hostfiles: []string{"f"}},
			env: map[string]string{"CLSH_HOSTS": "a", "CLSH_HOSTFILE": "f"}, files: map[string]string{"f": "b\n", ".hostfile": "c\n"}, want: "x"},
		{name: "--hostfile wins over the environment", sel: Selection{Hostfiles: []string{"f", "g"}},
			env: map[string]string{"CLSH_HOSTS": "a"}, files: map[string]string{"f": "b\n", "g": "c\nb\n"}, want: "b c"},
		{name: "CLSH_HOSTS wins over CLSH_HOSTFILE", env: map[string]string{"CLSH_HOSTS": "a:b:c", "CLSH_HOSTFILE": "f"},
			files: map[string]string{"f": "b\n"}, want: "a b c", notes: "Note: use CLSH_HOSTS environment"},
		{name: "CLSH_HOSTFILE wins over .hostfile", env: map[string]string{"CLSH_HOSTFILE": "./f"},
			files: map[string]string{"f": "b\n", ".hostfile": "c\n"}, want: "b", notes: "Note: use hostfile './f' (CLSH_HOSTFILE env)"},
		{name: "empty variables are unset", env: map[string]string{"CLSH_HOSTS": "", "CLSH_HOSTFILE": ""},
			files: map[string]string{".hostfile": "c\n"}, want: "c", notes: "Note: use hostfile '.hostfile' (default)"},
		{name: "comments, blank lines, CRLF, no last newline, a byte order mark", sel: Selection{Hostfiles: []string{"f"}},
			files: map[string]string{"f": "\uFEFFa # the first\r\n\r\n# none\r\n  b, c[1-2]\t\r\nd"}, want: "a b c1 c2 d"},
		{name: "a repeated host", sel: Selection{Hosts: []string{"b,a,b", "a"}}, want: "b a"},
		{name: "repeated hosts are kept", sel: Selection{Hosts: []string{"b,a,b", "n[1-2],a"}, Repeat: true}, want: "b a b n1 n2 a"},
		{name: "repeated hosts of a file", sel: Selection{Hostfiles: []string{"f"}, Repeat: true}, files: map[string]string{"f": "a\nb\na\nb,b\n"}, want: "a b a b b"},
		{name: "repeated hosts of CLSH_HOSTS", sel: Selection{Repeat: true}, env: map[string]string{"CLSH_HOSTS": "a:b:a"},
			want: "a b a", notes: "Note: use CLSH_HOSTS environment"},
		{name: "repeated hosts, and one excluded", sel: Selection{Hosts: []string{"a,b,a,c,c"}, Exclude: []string{"a"}, Repeat: true}, want: "b c c"},
		{name: "with an operator, and in a group, a host is there once", sel: Selection{Hosts: []string{"a,b,a!c", "@g"}, Hostfiles: []string{"f"}, Repeat: true},
			files: map[string]string{"f": "[g]\nx\nx\n"}, want: "a b x"},
		{name: "an address with and without brackets is one host", sel: Selection{Hosts: []string{"[::1],::1,[::1]:22"}}, want: "[::1] [::1]:22"},
		{name: "brackets and ranges in CLSH_HOSTS", env: map[string]string{"CLSH_HOSTS": "[::1]:n[1-2]:root@[fe80::1%eth0]"},
			want: "[::1] n1 n2 root@[fe80::1%eth0]", notes: "Note: use CLSH_HOSTS environment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := testSystem(t, tt.env)
			for path, text := range tt.files {
				write(t, path, text)
			}
			list, notes, err := tt.sel.Resolve(t.Context(), sys)
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

func TestNoSourceAtAll(t *testing.T) {
	_, _, err := Selection{}.Resolve(t.Context(), testSystem(t, nil))
	if !errors.Is(err, ErrNoHosts) {
		t.Errorf("error %v, want ErrNoHosts", err)
	}
}

func TestRefusedSelections(t *testing.T) {
	tests := []struct {
		name  string
		sel   Selection
		env   map[string]string
		files map[string]string
		want  []string
	}{
		{name: "missing", sel: Selection{Hostfiles: []string{"gone"}}, want: []string{`read host file "gone": no such file`}},
		{name: "a directory", sel: Selection{Hostfiles: []string{"d"}}, files: map[string]string{"d/f": "a"}, want: []string{`"d"`, "a directory, not a file"}},
		{name: "an empty file", sel: Selection{Hostfiles: []string{"f"}}, files: map[string]string{"f": "# nothing\n"}, want: []string{`"f"`, "no hosts in it"}},
		{name: "CLSH_HOSTFILE missing", env: map[string]string{"CLSH_HOSTFILE": "gone"}, want: []string{`"gone"`, "no such file"}},
		{name: "a second word", sel: Selection{Hostfiles: []string{"f"}}, files: map[string]string{"f": "a\nb c d\n"}, want: []string{"f:2: ", `"c"`, "\n  b c d\n    ^"}},
		{name: "an option", sel: Selection{Hosts: []string{"a,-oProxyCommand=x"}}, want: []string{"-h: ", "dash", "\n    ^"}},
		{name: "digits in CLSH_HOSTS", env: map[string]string{"CLSH_HOSTS": "a:2222"}, want: []string{"CLSH_HOSTS: ", "only digits"}},
		{name: "an empty element in CLSH_HOSTS", env: map[string]string{"CLSH_HOSTS": "fe80::1"}, want: []string{"CLSH_HOSTS: ", "empty element"}},
		{name: "an empty option", sel: Selection{Hosts: []string{"a", ""}}, want: []string{"-h: ", "empty"}},
		{name: "an empty set", sel: Selection{Hosts: []string{"a!a"}}, want: []string{"empty set"}},
		{name: "everything excluded", sel: Selection{Hosts: []string{"a"}, Exclude: []string{"a"}}, want: []string{"empty set"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := testSystem(t, tt.env)
			for path, text := range tt.files {
				write(t, path, text)
			}
			list, _, err := tt.sel.Resolve(t.Context(), sys)
			if err == nil {
				t.Fatalf("no error, but hosts %v", list.Names())
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error without %q: %v", want, err)
				}
			}
		})
	}
}

func TestExclude(t *testing.T) {
	all := []string{"web[1-3],root@web1:22,admin@web2,db1:22,[::1]:22,::2"}
	for _, tt := range []struct{ exclude, want, notes string }{
		{"web1", "web2 web3 admin@web2 db1:22 [::1]:22 ::2", ""},
		{"root@web1", "web1 web2 web3 admin@web2 db1:22 [::1]:22 ::2", ""},
		{"web1:22", "web1 web2 web3 admin@web2 db1:22 [::1]:22 ::2", ""},
		{"root@web1:23", "web1 web2 web3 root@web1:22 admin@web2 db1:22 [::1]:22 ::2", "Note: -x root@web1:23 excludes no host"},
		{"::1,[::2]", "web1 web2 web3 root@web1:22 admin@web2 db1:22", ""},
		{"web[1-9]", "db1:22 [::1]:22 ::2", ""},
		{"db1,db2 web7", "web1 web2 web3 root@web1:22 admin@web2 [::1]:22 ::2", "Note: -x db2 excludes no host\nNote: -x web7 excludes no host"},
		{"web[1-3]!web[2-3]", "web2 web3 admin@web2 db1:22 [::1]:22 ::2", ""},
		{"web?,*b1", "[::1]:22 ::2", ""},
		{"*2*", "web1 web3 ", "?"},
	} {
		list, notes, err := Selection{Hosts: all, Exclude: []string{tt.exclude}}.Resolve(t.Context(), testSystem(t, nil))
		if tt.notes == "?" {
			// A pattern excludes hosts whose name or address matches.
			if err != nil || slices.Contains(list.Names(), "admin@web2") || slices.Contains(list.Names(), "[::1]:22") {
				t.Errorf("-x %s leaves %q, %v", tt.exclude, list.Names(), err)
			}
			continue
		}
		if err != nil {
			t.Errorf("-x %s: %v", tt.exclude, err)
			continue
		}
		if got := strings.Join(list.Names(), " "); got != tt.want {
			t.Errorf("-x %s leaves %q, want %q", tt.exclude, got, tt.want)
		}
		if got := strings.Join(notes, "\n"); got != tt.notes {
			t.Errorf("-x %s notes %q, want %q", tt.exclude, got, tt.notes)
		}
	}
	for exclude, want := range map[string]string{"a,": "-x: nothing after", "": "-x: empty list", "@gone": "-x: unknown group", "*": "-x: pattern matches every host"} {
		_, _, err := Selection{Hosts: all, Exclude: []string{exclude}}.Resolve(t.Context(), testSystem(t, nil))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("-x %q: error %v, want one with %q", exclude, err, want)
		}
	}
}

func TestSample(t *testing.T) {
	sys := testSystem(t, nil)
	seen := map[string]bool{}
	for range 300 {
		got := names(t, sys, Selection{Hosts: []string{"n[1-9]"}, Pick: 4})
		if len(got) != 4 || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != 4 {
			t.Fatalf("4 of n[1-9], in their order: %q", got)
		}
		for _, name := range got {
			seen[name] = true
		}
	}
	// The chance that a host is in none of the samples is (5/9)^300.
	if len(seen) != 9 {
		t.Errorf("300 samples of 4 hosts of 9 only had %v", seen)
	}
	if got := names(t, sys, Selection{Hosts: []string{"b,a"}, Pick: 5}); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("5 of b,a: %q", got)
	}
	if _, _, err := (Selection{Hosts: []string{"a"}, Pick: -1}).Resolve(t.Context(), sys); err == nil {
		t.Error("--pick -1 is accepted")
	}
}

func TestStandardInput(t *testing.T) {
	sys := testSystem(t, nil)
	sys.Stdin = strings.NewReader("a\n[web]\nb\n")
	write(t, "f", "c\n")
	if got := names(t, sys, Selection{Hostfiles: []string{"f", "-"}}); !slices.Equal(got, []string{"c", "a", "b"}) {
		t.Errorf("hosts %q", got)
	}
	sys.Stdin = strings.NewReader("a\nb c d\n")
	if _, _, err := (Selection{Hostfiles: []string{"-"}}).Resolve(t.Context(), sys); err == nil || !strings.Contains(err.Error(), "standard input:2: ") {
		t.Errorf("error %v", err)
	}
	sys.Stdin = endless{}
	if _, _, err := (Selection{Hostfiles: []string{"-"}}).Resolve(t.Context(), sys); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("error %v", err)
	}
}

// endless is a reader without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestFilesOfOtherTools(t *testing.T) {
	for line, want := range map[string][]string{
		"web1 root":                       {"looks like a pssh host file (host, then user)\n", "\nhint: write root@web1"},
		"web1:2222 root":                  {"pssh"},
		"192.0.2.1 web1 web1.lan":         {"looks like /etc/hosts\n", "\nhint: write one name: web1"},
		"::1 localhost":                   {"/etc/hosts"},
		"web1 ansible_host=192.0.2.1":     {"looks like an ansible inventory"},
		"192.0.2.1 ansible_user=root x=y": {"ansible inventory"},
		"web[01:50].example.com":          {"looks like an ansible inventory\n", "\n     ^\n", "\nhint: write the range as [01-50]"},
		"[web:children]":                  {"ansible inventory"},
		"[web:vars]":                      {"ansible inventory"},
		"Host web1":                       {"looks like an ssh_config"},
		"web: web[1-3]":                   {"\nhint: write a group as a section: [web]"},
		"a, b c":                          {`second word "c"`},
		"a b c":                           {`second word "b"`},
		"[1-3]":                           {"a section or hosts that are numbers"},
		"[a b]":                           {"invalid section name"},
		"[web":                            {"not closed"},
		"[]":                              {"invalid section name"},
		"[*]":                             {"invalid section name"},
	} {
		_, err := parseFile("inv", strings.NewReader("ok\n\n"+line+"\n"))
		if err == nil || !strings.HasPrefix(err.Error(), "inv:3: ") {
			t.Errorf("%q: error %v, want one of inv:3", line, err)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: error %v, want one with %q", line, err, part)
			}
		}
	}
	for _, line := range []string{"[::1]", "[fe80::1%eth0]", "[::1]:22", "n[1-3]", "a, b", "a ! b", "[web]", "[w-1.x_y]", "@web", "n[1, 3]", "x # web1 root"} {
		if _, err := parseFile("inv", strings.NewReader(line)); err != nil {
			t.Errorf("%q is refused: %v", line, err)
		}
	}
}

func TestUnreadableFile(t *testing.T) {
	if os.Getuid() == 0 {
		// root can read every file, but not a file below a file.
		sys := testSystem(t, nil)
		write(t, "f", "")
		_, _, err := Selection{Hostfiles: []string{"f/g"}}.Resolve(t.Context(), sys)
		if err == nil || !strings.Contains(err.Error(), `read host file "f/g": not a directory`) {
			t.Errorf("error %v", err)
		}
		return
	}
	sys := testSystem(t, nil)
	write(t, "f", "a\n")
	if err := os.Chmod("f", 0); err != nil {
		t.Fatal(err)
	}
	_, _, err := Selection{Hostfiles: []string{"f"}}.Resolve(t.Context(), sys)
	if err == nil || !strings.Contains(err.Error(), `read host file "f": permission denied`) {
		t.Errorf("error %v", err)
	}
}

// TestCancelledCommand stops the command of a group source that never answers.
func TestCancelledCommand(t *testing.T) {
	sys := testSystem(t, nil)
	sys.ConfigHome = "config"
	ctx, cancel := context.WithCancel(t.Context())
	sys.Run = func(ctx context.Context, _ []string) ([]byte, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	write(t, "config/clustershell/groups.conf", "[c]\nmap: cat\n")
	_, _, err := Selection{Hosts: []string{"@a"}}.Resolve(ctx, sys)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
