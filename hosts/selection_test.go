package hosts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes a file below the test's working directory and returns its path.
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

// surroundings returns a System with an environment of its own, and makes a
// fresh directory the current one.
func surroundings(t *testing.T, env map[string]string) System {
	t.Helper()
	t.Chdir(t.TempDir())
	return System{
		Getenv: func(name string) string { return env[name] },
		Home:   t.TempDir(),
		Etc:    t.TempDir(),
		UID:    os.Getuid(),
	}
}

func TestSourcesOfTheOriginal(t *testing.T) {
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
		{name: "an address with and without brackets is one host", sel: Selection{Hosts: []string{"[::1],::1,[::1]:22"}}, want: "[::1] [::1]:22"},
		{name: "brackets and ranges in CLSH_HOSTS", env: map[string]string{"CLSH_HOSTS": "[::1]:n[1-2]:root@[fe80::1%eth0]"},
			want: "[::1] n1 n2 root@[fe80::1%eth0]", notes: "Note: use CLSH_HOSTS environment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := surroundings(t, tt.env)
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
	_, _, err := Selection{}.Resolve(t.Context(), surroundings(t, nil))
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
		{name: "a directory", sel: Selection{Hostfiles: []string{"d"}}, files: map[string]string{"d/f": "a"}, want: []string{`"d"`, "is a directory"}},
		{name: "an empty file", sel: Selection{Hostfiles: []string{"f"}}, files: map[string]string{"f": "# nothing\n"}, want: []string{`"f"`, "no host in it"}},
		{name: "CLSH_HOSTFILE missing", env: map[string]string{"CLSH_HOSTFILE": "gone"}, want: []string{`"gone"`, "no such file"}},
		{name: "a second word", sel: Selection{Hostfiles: []string{"f"}}, files: map[string]string{"f": "a\nb c d\n"}, want: []string{"f:2: ", `"c"`, "\n  b c d\n    ^"}},
		{name: "an option", sel: Selection{Hosts: []string{"a,-oProxyCommand=x"}}, want: []string{"-h: ", "dash", "\n    ^"}},
		{name: "digits in CLSH_HOSTS", env: map[string]string{"CLSH_HOSTS": "a:2222"}, want: []string{"CLSH_HOSTS: ", "digits alone"}},
		{name: "an empty element in CLSH_HOSTS", env: map[string]string{"CLSH_HOSTS": "fe80::1"}, want: []string{"CLSH_HOSTS: ", "empty element"}},
		{name: "an empty option", sel: Selection{Hosts: []string{"a", ""}}, want: []string{"-h: ", "empty"}},
		{name: "an empty set", sel: Selection{Hosts: []string{"a!a"}}, want: []string{"empty set"}},
		{name: "everything excluded", sel: Selection{Hosts: []string{"a"}, Exclude: []string{"a"}}, want: []string{"empty set"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sys := surroundings(t, tt.env)
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
