package hosts

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzINI writes sections and reads them back. No other text may cause a panic.
func FuzzINI(f *testing.F) {
	f.Add("a", "k", "v", "w")
	f.Fuzz(func(t *testing.T, section, key, value, more string) {
		plain := func(text string) bool {
			return isWord(text) && !strings.ContainsAny(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		}
		if !plain(section) || !plain(key) || key == "other" || strings.ContainsAny(value+more, "\n\r") {
			_ = newINI().read("f", section+key+value+more) // must not panic
			return
		}
		value, more = strings.TrimSpace(value), strings.TrimSpace(more)
		c := newINI()
		text := "[" + section + "]\n" + key + " = " + value + "\n"
		want := value
		if more != "" && !strings.ContainsAny(more[:1], "#;") {
			text += "\t" + more + "\n"
			want += "\n" + more
		}
		if err := c.read("f", "# c\n"+text+"other: x\n"); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got := maps.Clone(c.sections[section])
		if !maps.Equal(got, map[string]string{key: strings.TrimRight(want, "\n"), "other": "x"}) {
			t.Fatalf("%q reads as %q", text, got)
		}
	})
}

// FuzzHostFile parses any text as a host file. If that succeeds, it compares the hosts with those
// of the single lines.
func FuzzHostFile(f *testing.F) {
	f.Add("a\n[web]\nb,c[1-2] # x\r\n\n[db]\nb\n")
	f.Add("web1 ansible_host=x\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parseFile("f", strings.NewReader(text))
		if err != nil {
			return
		}
		list, err := file.all(&evaluator{})
		if err != nil || len(list) > 5000 {
			return
		}
		checkList(t, list)
		var want []string
		for line := range strings.SplitSeq(strings.TrimPrefix(text, "\uFEFF"), "\n") {
			line, _, _ = strings.Cut(line, "#")
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") && checkIPv6(strings.Trim(line, "[]"), 0) != nil && !strings.ContainsAny(line[1:len(line)-1], "[]") {
				continue
			}
			part, err := Expand(line)
			if err != nil {
				t.Fatalf("%q is accepted, but its line %q is refused: %v", text, line, err)
			}
			want = append(want, part.Names()...)
		}
		if got := List(list).Names(); !slices.Equal(got, distinct(slices.Values(want))) {
			t.Fatalf("%q is %q, want %q", text, got, distinct(slices.Values(want)))
		}
	})
}

func FuzzSSHConfigLine(f *testing.F) {
	f.Add(`Host = "a b" c # d`)
	f.Fuzz(func(t *testing.T, line string) {
		keyword, words, err := (&sshConfig{}).line(line)
		if err == nil && keyword == "" && words != nil {
			t.Fatalf("%q has no keyword, and words %q", line, words)
		}
		if keyword != "" && !slices.Contains([]string{"host", "match", "include"}, keyword) {
			t.Fatalf("%q is about %q", line, keyword)
		}
	})
}

// FuzzGroupsYAML writes groups and reads them back. No other text may cause a panic.
// Whatever an inventory prints, the hosts and settings that come of it are safe as arguments of ssh.
func FuzzInventory(f *testing.F) {
	f.Add([]byte(testInventory))
	f.Add([]byte(`{"a": ["h"], "_meta": {"hostvars": {"h": {"ansible_host": "-oX", "ansible_user": "a b", "ansible_port": 99999}}}}`))
	f.Add([]byte("{\"a\": [\"h\\u0000\", \"$(id)\", \"n[1-3]\", \"@a\", \"x,y\"]}"))
	path := filepath.Join(f.TempDir(), "inv")
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		sys := System{UID: os.Getuid(), Run: func(context.Context, []string) ([]byte, error) { return answer, nil }}
		list, _, err := Selection{All: true, Inventories: []string{path}}.Resolve(t.Context(), sys)
		if err != nil {
			return
		}
		checkList(t, list)
		for _, h := range list {
			if h.User+h.Port != "" || h.Addr != h.Name {
				t.Errorf("%+v: more than a name", h)
			}
			if h.Settings == nil {
				continue
			}
			s := *h.Settings
			reached, err := Expand(cmp.Or(s.HostName, "h"))
			if err != nil || len(reached) != 1 || reached[0].Addr != cmp.Or(s.HostName, "h") {
				t.Errorf("connects to %q: %v", s.HostName, err)
			}
			if s.User != "" {
				if list, err := Expand(s.User + "@h"); err != nil || list[0].User != s.User {
					t.Errorf("user %q: %v", s.User, err)
				}
			}
			if s.Port != "" && checkPort(s.Port, 0) != nil || strings.ContainsAny(s.IdentityFile, "\x00\n") {
				t.Errorf("settings %+v", s)
			}
		}
	})
}

func FuzzGroupsYAML(f *testing.F) {
	f.Add("s", "g", "n[1-3]", "a: &a {b: [*a, c]}")
	f.Add("s", "g", "n[1-3]", "a: &a {b: c}\nd:\n  <<: *a\n")
	f.Fuzz(func(t *testing.T, source, group, list, other string) {
		if _, _, err := parseGroupsYAML("f", []byte(other)); err != nil && !strings.HasPrefix(err.Error(), "f:") {
			t.Fatalf("%q: %v", other, err)
		}
		if !isWord(source) || !isWord(group) || !isWord(list) {
			return
		}
		if max(len(source), len(group)) > 1000 {
			return // no more in a key (YAML 1.2, 7.4.2)
		}
		names, sources, err := parseGroupsYAML("f", []byte(fmt.Sprintf("%q:\n  %q: %q\n  l: [%[3]q, x]\n", source, "g"+group, list)))
		if err != nil || !slices.Equal(names, []string{source}) {
			t.Fatalf("sources %q, %v", names, err)
		}
		want := map[string]string{"g" + group: list, "l": list + ",x"}
		if got := sources[source].lists; !maps.Equal(got, want) {
			t.Fatalf("groups %q, want %q", got, want)
		}
	})
}
