package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/conn"
	"clsh/runner/event"
)

// testSystem is the world of a call that is made here: no terminal, no file of the user's.
func testSystem(t *testing.T, environ ...string) *system.System {
	t.Helper()
	home := t.TempDir()
	return &system.System{
		Stdout: io.Discard, Stderr: &bytes.Buffer{}, Size: func() (int, int) { return 0, 0 },
		Environ: append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, environ...), Home: home, UID: os.Getuid(),
	}
}

// parsed returns the command that a line is, without a look at the environment.
func parsed(t *testing.T, sys *system.System, args ...string) *Command {
	t.Helper()
	var line arguments
	code, _, err := tool(sys).Parse(&line, args)
	if err != nil || code >= 0 {
		t.Fatalf("%q: status %d, %v", args, code, err)
	}
	return &line.Command
}

// What the options ask for reaches the engine.
func TestConfig(t *testing.T) {
	list := hosts.List{{Name: "a", Addr: "a"}}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args    string
		environ string
		holds   func(c *runner.Config) bool
	}{
		{"-- true", "", func(c *runner.Config) bool {
			return c.Fanout == 64 && c.Retry == 5 && c.RetryFor == 15*time.Second && c.ReadyTimeout == 30*time.Second && c.Timeout == 0 &&
				c.KillAfter == 2*time.Second && c.SSH.LostAfter == 5*time.Second && c.SSH.ConnectTimeout == 0 &&
				c.Defaults.ConnectTimeout == 5*time.Second && c.Defaults.User == "ubuntu" && c.SSH.User == "" && !c.KeepGoing && c.LostAfterStart == 0
		}},
		{"-f 3 -u 90 -t 1.5s --keep-going --retry 0 -- true", "", func(c *runner.Config) bool {
			return c.Fanout == 3 && c.Timeout == 90*time.Second && c.SSH.ConnectTimeout == 1500*time.Millisecond &&
				c.Defaults.ConnectTimeout == 1500*time.Millisecond && c.RetryFor == 15*time.Second && c.KeepGoing && c.Retry == 0
		}},
		{"-t 10 -- true", "", func(c *runner.Config) bool { return c.RetryFor == 30*time.Second }},
		{"-l root -- true", "", func(c *runner.Config) bool { return c.SSH.User == "root" && c.Defaults.User == "" }},
		{"--lost-after 0 --ready-timeout 0 --kill-after 1m -- true", "", func(c *runner.Config) bool {
			return c.SSH.LostAfter == 0 && c.ReadyTimeout == 0 && c.KillAfter == time.Minute
		}},
		{"--identity " + key + " -- true", "", func(c *runner.Config) bool { return c.SSH.Identity == key }},
		{"--no-agent -- true", "", func(c *runner.Config) bool { return c.Raw && !c.Defaults.Reasons }},
		{"--tty -- true", "", func(c *runner.Config) bool { return c.TTY && c.Size == conn.Size{Rows: 24, Cols: 80} }},
		{"--no-login -v -q -- true", "", func(c *runner.Config) bool { return c.NoLogin && c.Verbose && c.Quiet }},
		{"-- true", "CLSH_COMPAT=1", func(c *runner.Config) bool {
			return c.LostAfterStart == 5*time.Second && c.Defaults.ConnectTimeout == 10*time.Second
		}},
		{"-- true", "CLSH_COMPAT=0", func(c *runner.Config) bool { return c.LostAfterStart == 0 }},
	} {
		sys := testSystem(t, test.environ)
		cfg, err := parsed(t, sys, append([]string{"--ssh", "true"}, strings.Fields(test.args)...)...).config(sys, list, "true")
		if err != nil || !test.holds(&cfg) {
			t.Errorf("%s %s: %v, %+v", test.environ, test.args, err, cfg)
		}
	}
}

// What makes no sense is refused before anything runs, with its name.
func TestConfigRefuses(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	if err := os.WriteFile(open, []byte("key\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"-f 0":                        "--fanout",
		"--retry -1":                  "--retry",
		"--connect-rate -1":           "--connect-rate",
		"--persist 876000h":           "--persist",
		"--tty --stdin":               "--tty: cannot be combined with --stdin",
		"--tty --no-agent":            "--tty: cannot be combined with --no-agent",
		"--dry-run --stdin":           "--dry-run: cannot be combined with --stdin",
		"--ssh /no/such/ssh":          "/no/such/ssh",
		"--identity " + open:          "0644",
		"--identity " + dir:           "directory",
		"--identity " + dir + "/none": "no such file",
		"--ssh-config " + dir:         "directory",
	} {
		sys := testSystem(t)
		words := strings.Fields(args)
		if !strings.Contains(args, "--ssh ") {
			words = append([]string{"--ssh", "true"}, words...)
		}
		_, err := parsed(t, sys, append(words, "true")...).config(sys, hosts.List{{Name: "a", Addr: "a"}}, "true")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", args, err, want)
		}
	}
}

// A command that looks as if the option for the hosts had been forgotten is refused.
func TestForgotten(t *testing.T) {
	list := hosts.List{{Name: "node1", Addr: "node1"}, {Name: "root@node2", Addr: "node2", User: "root"}}
	for args, hint := range map[string]string{
		"node1 uptime":           "clsh -h node1 uptime",
		"node2":                  "clsh -h node2 COMMAND",
		"help":                   "clsh --help",
		"version":                "clsh --version",
		"help me":                "",
		"-- node1 uptime":        "",
		"-h node1 node1":         "",
		"-a node1":               "",
		"node3 uptime":           "",
		"cat /proc/loadavg":      "",
		"--user root node1 date": "clsh -h node1 date",
	} {
		sys := testSystem(t)
		err := parsed(t, sys, strings.Fields(args)...).forgotten(sys, list)
		if (err == nil) != (hint == "") || err != nil && !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: %v, want a hint with %q", args, err, hint)
		}
	}
	sys := testSystem(t, "CLSH_COMPAT=1")
	if err := parsed(t, sys, "node1", "uptime").forgotten(sys, list); err != nil {
		t.Errorf("with CLSH_COMPAT: %v", err)
	}
}

// The exit status of the Python clsh is 0, but for a wrong option.
func TestProfileExitStatus(t *testing.T) {
	for _, test := range []struct {
		environ string
		code    int
		err     error
		want    int
	}{
		{"", 0, nil, 0}, {"", 255, nil, 255}, {"", event.CodeUsage, usage.Errorf("wrong"), event.CodeUsage},
		{"CLSH_COMPAT=1", 255, nil, 0}, {"CLSH_COMPAT=1", event.CodeUsage, nil, 0},
		{"CLSH_COMPAT=1", event.CodeUsage, usage.Errorf("wrong"), event.CodeUsage}, {"CLSH_COMPAT=1", event.CodeOutput, io.ErrShortWrite, 0},
	} {
		if got := testSystem(t, test.environ).Profile().ExitStatus(test.code, test.err); got != test.want {
			t.Errorf("%s: %d, %v: %d, want %d", test.environ, test.code, test.err, got, test.want)
		}
	}
}
