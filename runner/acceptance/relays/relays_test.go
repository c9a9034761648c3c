package relays

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// withRelays returns a Site in which r1 and r2 are relays: the built clsh is on their PATH.
func withRelays(t *testing.T) *sshtest.Site {
	t.Helper()
	s := sshtest.New(t)
	for _, name := range []string{"r1", "r2"} {
		runs(t, s, name, "PATH="+builtIn(t)+":$PATH RELAY="+name+s.Mark+" exec sh -c \"$SSH_ORIGINAL_COMMAND\"")
	}
	return s
}

// builtIn returns the directory of the built clsh.
func builtIn(t *testing.T) string {
	t.Helper()
	clsh, err := exec.LookPath("clsh")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(clsh)
}

// runs makes the login of a host run script instead of what is asked for.
func runs(t *testing.T, s *sshtest.Site, name, script string) {
	t.Helper()
	path := filepath.Join(s.Dir, "login-"+name)
	if err := os.WriteFile(path, []byte(script+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.Host(name, "ProxyCommand sh "+filepath.Join(s.Dir, "proxy")+" '%n' -o 'ForceCommand=exec sh "+path+"'")
}

// overRelays are the options for them.
func overRelays(args ...string) []string { return append([]string{"--relay", "r[1-2]"}, args...) }

// times matches what differs between two runs.
var times = regexp.MustCompile(`"(duration_ms|at_ms)":\d+|"(id|time|options|rerun_of)":("[^"]*"|\[[^]]*\])`)

// record returns the lines of a record without times, sorted.
func record(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return clshtest.SortedLines(times.ReplaceAllString(string(text), ""))
}

// The same hosts flat and over relays: equal records but for times, equal output, equal status.
func TestRelaysAreLikeNone(t *testing.T) {
	t.Parallel()
	s := withRelays(t)
	s.Refused("n5")
	command := `echo "$CLSH_HOST $CLSH_RANK $CLSH_COUNT"; echo "to stderr" >&2; printf unfinished; printf '\377\n' >&2; exit $((CLSH_RANK % 3))`
	var records [2]string
	for i, args := range [][]string{{}, overRelays()} {
		dir := t.TempDir()
		args = append(args, "--keep-going", "--record", "none", "--json", dir+"/json", "--out", dir+"/out/", "-h", "n[1-5]", command)
		c := clshtest.Start(t, s, args...)
		c.Want(255)
		records[i] = record(t, dir+"/json")
		for _, host := range []string{"n1", "n4"} {
			text, err := os.ReadFile(filepath.Join(dir, "out", host+".out"))
			if want := host + " " + map[string]string{"n1": "0", "n4": "3"}[host] + " 5\nunfinished"; err != nil || string(text) != want {
				t.Errorf("--out of %s: %q (%v), want %q", host, text, err, want)
			}
		}
	}
	if records[0] != records[1] {
		t.Errorf("the record flat:\n%s\nover relays:\n%s", records[0], records[1])
	}
	if !strings.Contains(records[1], `"outcome":"unreachable"`) {
		t.Error("no host was unreachable")
	}
	s.WaitGone()
}

// Over relays -b, --diff and the record are as without; each relay sends once what many hosts print.
func TestRelaysSendDistinctOutputOnce(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	links := t.TempDir()
	for _, name := range []string{"r1", "r2"} {
		runs(t, s, name, "PATH="+builtIn(t)+":$PATH sh -c \"$SSH_ORIGINAL_COMMAND\" | tee "+links+"/"+name)
	}
	command := `i=0; while [ $((i += 1)) -le 400 ]; do echo "$i: the output of a host, or of many"; [ $i$CLSH_HOST != 300n3 ] || echo other; done; printf end`
	ways := []string{"--gather", "--diff"}
	if sshtest.Full() {
		ways = append(ways, "-B", "--live --gather")
	}
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			var shown, records [2]string
			for i, relays := range [][]string{{}, {"--relay", "r[1-2]"}} {
				path := filepath.Join(t.TempDir(), "json")
				args := append(append(relays, strings.Fields(way)...), "--record", "none", "--json", path, "-h", "n[1-8]", command)
				c := clshtest.Start(t, s, args...)
				c.Want(0)
				shown[i], records[i] = c.Out.String(), record(t, path)
			}
			if strings.Contains(way, "--live") {
				shown[0], shown[1] = clshtest.SortedLines(shown[0]), clshtest.SortedLines(shown[1])
			}
			if shown[0] != shown[1] {
				t.Errorf("shown flat:\n%s\nover relays:\n%s", shown[0], shown[1])
			}
			if records[0] != records[1] {
				t.Errorf("the record flat:\n%s\nover relays:\n%s", records[0], records[1])
			}
			for _, name := range []string{"r1", "r2"} {
				sent, err := os.ReadFile(filepath.Join(links, name))
				if err != nil {
					t.Fatal(err)
				}
				// n3 has the lines after the 300th once more.
				if n := bytes.Count(sent, []byte(": the output of a host")); n < 400 || n > 500 {
					t.Errorf("%s sent %d lines of output, want 400, and 100 more for n3", name, n)
				}
			}
		})
	}
	s.WaitGone()
}
