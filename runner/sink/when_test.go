package sink

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/event"
)

// termEnv is an environment in which only TERM is set.
func termEnv(term string) func(string) string {
	return func(name string) string {
		if name == "TERM" {
			return term
		}
		return ""
	}
}

// A silent host's label has the colours of the terminal; --color never has none.
func TestLabelColours(t *testing.T) {
	escape := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, term := range []string{"xterm", "xterm-256color"} {
		s, stdout, _ := newSink(t, Config{Names: []string{"n1"}, StdoutTerminal: true, Getenv: termEnv(term)})
		finish(t, s, exited(0))
		equal(t, "silent", string(escape.ReplaceAll(stdout.Bytes(), nil)), "n1:\n")
		c := Config{Getenv: termEnv(term)}
		equal(t, "silent, coloured", stdout.String(), string(bytes.TrimSuffix(c.palette(true).Labels([]string{"n1"})[0], []byte(" ")))+"\n")
	}
	s, stdout, _ := newSink(t, Config{Names: []string{"n1"}, StdoutTerminal: true, Getenv: termEnv("xterm"), Color: Never})
	finish(t, s, exited(0))
	equal(t, "never", stdout.String(), "n1:\n")
}

// ERROR and failures are red, lost hosts yellow, good ones green; what the user
// stopped has no colour. Without a terminal, and with NO_COLOR, nothing has.
func TestOutcomeColours(t *testing.T) {
	ends := []event.Result{
		{Outcome: event.Exited}, {Outcome: event.Exited, Code: 3}, {Outcome: event.Signaled, Code: 137, Signal: syscall.SIGKILL, Confirmed: true},
		{Outcome: event.Timeout, Code: 124, Confirmed: true}, {Outcome: event.Lost, Code: 255}, {Outcome: event.Stopped, Confirmed: true},
	}
	names := []string{"a", "b", "c", "d", "e", "f"}
	paint := func(n int, text string) string { return fmt.Sprintf("\x1b[%dm%s\x1b[0m", n, text) }
	for _, test := range []struct {
		name     string
		terminal bool
		env      func(string) string
		paint    func(n int, text string) string
	}{
		{"a terminal", true, termEnv("xterm"), paint},
		{"none", false, termEnv("xterm"), func(_ int, text string) string { return text }},
		{"NO_COLOR", true, func(string) string { return "1" }, func(_ int, text string) string { return text }},
	} {
		c := Config{Names: names, StderrTerminal: test.terminal, Getenv: test.env, Progress: Never, NoLabel: true}
		s, _, stderr := newSink(t, c)
		finish(t, s, ends...)
		failed := test.paint(31, "exit 3:") + " b\n" + test.paint(31, "SIGKILL:") + " c\n" + test.paint(31, "timeout:") + " d\n" +
			test.paint(33, "lost:") + " e\nstopped: f\n"
		want := test.paint(31, "ERROR:") + " e connection lost\n" + test.paint(32, "ok:") + " a\n" + failed
		if got, _, _ := strings.Cut(stderr.String(), "time:"); got != want {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
		results := map[int]*event.Result{}
		for rank := range ends {
			results[rank] = &ends[rank]
		}
		c.Fold = func(names []string) string { return strings.Join(names, ",") }
		equal(t, test.name, c.Failures(results), failed)
	}
}

func TestColoured(t *testing.T) {
	for _, test := range []struct {
		when     When
		terminal bool
		env      map[string]string
		want     bool
	}{
		{"", true, nil, true},
		{Auto, false, nil, false},
		{Always, false, map[string]string{"NO_COLOR": "1"}, true},
		{Never, true, map[string]string{"CLICOLOR_FORCE": "1"}, false},
		{Auto, true, map[string]string{"NO_COLOR": "1"}, false},
		{Auto, true, map[string]string{"NO_COLOR": ""}, true},
		{Auto, false, map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{Auto, false, map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{Auto, true, map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{Auto, true, map[string]string{"CLICOLOR": "0"}, false},
		{Auto, true, map[string]string{"TERM": "dumb"}, false},
	} {
		if got := coloured(test.when, test.terminal, func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
