package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// TestTwoRegions runs the example of docs/heat.md: traffic goes to the second region while the first is
// down, and back; places that are cut off move nothing.
func TestTwoRegions(t *testing.T) {
	t.Parallel()
	example := clshtest.Example(t, "docs/heat.md", "\nTwo regions,", "toml")
	s := sshtest.New(t)
	for _, name := range []string{"fra1", "iad1", "sin1", "syd1"} {
		s.Host(name, "ProxyCommand sh -c 'test ! -e "+filepath.Join(s.Dir, "cut")+" && exec sh "+filepath.Join(s.Dir, "proxy")+" %n'")
	}
	dir := t.TempDir()
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(s.Home, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(name string) {
		t.Helper()
		if err := os.Remove(filepath.Join(s.Home, name)); err != nil {
			t.Fatal(err)
		}
	}
	write("europe")
	write("america")
	example = strings.NewReplacer(
		"curl -fsS https://europe.example.org/health", "test -e "+s.Home+"/europe",
		"curl -fsS https://america.example.org/health", "test -e "+s.Home+"/america",
		"/etc/heat/dns", filepath.Join(dir, "dns"), "logger", "true", "10m", "0.5", "/var/lib/heat/", dir+"/",
	).Replace(example)
	if err := os.WriteFile(filepath.Join(dir, "dns"), []byte("#!/bin/sh\necho $1 >>"+dir+"/traffic\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	traffic := func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "traffic")) // none: nothing has moved
		return strings.Join(strings.Fields(string(text)), " ")
	}
	wait := func(want string) {
		t.Helper()
		sshtest.WaitFor(t, "traffic: "+want, func() bool { return traffic() == want })
	}
	c := start(t, s, "interval = 0.2\ntimeout = 20\n"+example)
	waitLine(t, c, "europe", "OK")
	waitLine(t, c, "america", "OK")
	remove("europe")
	wait("america")
	write("europe")
	wait("america europe")
	if err := os.WriteFile(filepath.Join(s.Dir, "cut"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fra1", "iad1", "sin1", "syd1"} {
		s.Kill(name)
	}
	waitLine(t, c, "europe", "Unknown: 0 of 3 places voted")
	remove("europe")
	seen := len(lines(c, "europe"))
	sshtest.WaitFor(t, "five more checks", func() bool { return len(lines(c, "europe")) >= seen+5 })
	if got := traffic(); got != "america europe" {
		t.Errorf("traffic without a quorum: %s", got)
	}
	if err := os.Remove(filepath.Join(s.Dir, "cut")); err != nil {
		t.Fatal(err)
	}
	wait("america europe america")
}
