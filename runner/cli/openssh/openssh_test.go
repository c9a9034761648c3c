package openssh

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clsh/hosts"
	"clsh/runner/conn"
	"clsh/runner/remote"
)

func TestProgram(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"":                   "--ssh: no program given",
		"   ":                "--ssh: no program given",
		"sh | cat":           `--ssh "sh | cat": shell operators`,
		"sh 'x":              `--ssh "sh 'x": `,
		"no-such-program -x": `--ssh "no-such-program": program not found`,
	} {
		if words, err := Program(command); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %q, %v, want %q", command, words, err, want)
		}
	}
	words, err := Program(`sh -c 'a b' "c d"`)
	if err != nil || !filepath.IsAbs(words[0]) || !slices.Equal(words[1:], []string{"-c", "a b", "c d"}) {
		t.Errorf("%q, %v", words, err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]remote.Version{
		"OpenSSH_9.2p1 Debian-2": {Major: 9, Minor: 2}, "OpenSSH_for_Windows_8.6p1": {Major: 8, Minor: 6}, "dropbear": {},
	} {
		if got := Version([]string{"sh", "-c", `echo "$0" >&2; exit 1`, text}, os.Environ()); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestKeepsKeys: -o comes first, then the configuration; only where that has a condition is ssh
// asked.
func TestKeepsKeys(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, config string
		options      []string
		want         bool
	}{
		{"nothing said", "", nil, true},
		{"-o", "UserKnownHostsFile ~/kept\n", []string{"userknownhostsfile=/dev/null"}, false},
		{"the first -o", "", []string{"UserKnownHostsFile ~/kept", "UserKnownHostsFile=none"}, true},
		{"this host's", "Host a\n  UserKnownHostsFile none\n", nil, false},
		{"another host's", "Host b\n  UserKnownHostsFile none\n", nil, true},
		{"the first line", "UserKnownHostsFile ~/kept\nHost a\n  UserKnownHostsFile none\n", nil, true},
	}
	for _, test := range tests {
		config := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(config, []byte(test.config), 0o600); err != nil {
			t.Fatal(err)
		}
		o := conn.Options{SSH: remote.SSH{Program: []string{"false"}, Options: test.options}, Defaults: remote.Defaults{UserConfig: config}}
		if got := KeepsKeys(o, os.Environ())(hosts.Host{Name: "a", Addr: "a"}); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestConfigPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, want := range map[string]string{
		"":                         "",
		filepath.Join(dir, "none"): "--ssh-config ",
		dir:                        "--ssh-config ",
		filepath.Join(dir, "a*"):   "ssh cannot include a file of this name",
	} {
		if strings.HasSuffix(name, "*") {
			if err := os.WriteFile(name, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if path, err := ConfigPath(name); path != "" || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v, want %q", name, path, err, want)
		}
	}
}

// A program of several words (--ssh 'sh FILE') gets the question behind them.
func TestGranted(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(`echo "user $1,$2"`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, program := range [][]string{{"sh", script}, {"env", "A=b", "sh", script}, {"sh", "-c", `. "$0"`, script}} {
		got, err := Granted(remote.SSH{Program: program}, hosts.Host{Name: "a", Addr: "a"}, os.Environ())
		if want := []string{"user=-G,-T"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", program, got, err, want)
		}
	}
}

// Ciphers are asked for only where this ssh knows them.
func TestDataCiphers(t *testing.T) {
	t.Parallel()
	current := remote.Version{Major: 9, Minor: 2}
	want := ""
	if hasAES() {
		want = aesGCM
	}
	for _, c := range []struct {
		name    string
		program []string
		version remote.Version
		want    string
	}{
		{"it takes them", []string{"true"}, current, want},
		{"it refuses them", []string{"false"}, current, ""},
		{"an old ssh", []string{"true"}, remote.Version{Major: 8, Minor: 0}, ""},
		{"another program", []string{"true"}, remote.Version{}, ""},
	} {
		if got := DataCiphers(c.program, os.Environ(), c.version); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
