package sink

import (
	"os"
	"path/filepath"
	"testing"

	"clsh/runner/event"
)

func refusedWith(words, reason string) event.Result {
	return event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Words: words, Reason: reason}
}

// What the Python clsh shows of three hosts, in their order and on standard output.
func TestCompat(t *testing.T) {
	t.Parallel()
	lost, stopped := event.Result{Outcome: event.Lost, Code: 255, Reason: "why"}, event.Result{Outcome: event.Stopped}
	broken := event.Result{Outcome: event.Lost, Code: 255, Refused: true, Words: "closed by remote host."}
	for _, test := range []struct {
		name      string
		keepGoing bool
		events    []event.Event
		want      string
	}{
		{"in their order, one label", false, []event.Event{out(2, "z"), end(2, exited(0)), out(1, "x\ny\n"), out(0, "1\n"), end(1, exited(1)), out(0, "2\n"), end(0, exited(0))},
			"a: 1\n2\nb: x\ny\nc: z\n"},
		{"standard error beside output is dropped", false, []event.Event{errOut(0, "bad\n"), out(0, "1\n"), end(0, exited(3)), errOut(1, "bad\n"), end(1, exited(1)), end(2, exited(0))},
			"a: 1\nb: bad\nc:\n"},
		{"a blank line is output", false, []event.Event{errOut(0, "bad\n"), out(0, "\n"), end(0, exited(0)), end(1, exited(0)), end(2, exited(0))},
			"a: \nb:\nc:\n"},
		{"a limit of the command", false, []event.Event{out(0, "1\n"), end(0, event.Result{Outcome: event.Timeout, Code: 124}), end(1, exited(0)), end(2, exited(0))},
			"a: 1\nb:\nc:\n"},
		{"refused: ssh's words, and the others", false, []event.Event{end(0, refusedWith("ssh: no\nnever", "no")), out(1, "x\n"), end(1, exited(0)), end(2, refusedWith("", "its shell ended"))},
			"a: ssh: no\nnever\nb: x\nc: its shell ended\n"},
		{"a connection that broke in time", false, []event.Event{out(0, "1\n"), errOut(0, "bad\n"), end(0, broken), errOut(1, "bad\n"), end(1, broken), end(2, broken)},
			"a: 1\nb: bad\nclosed by remote host.\nc: closed by remote host.\n"},
		{"the ERROR line is the last", false, []event.Event{out(2, "z\n"), end(2, exited(0)), out(1, "part\n"), errOut(1, "bad\n"), end(1, lost), out(0, "1\n"), end(0, exited(0))},
			"a: 1\nERROR: b connection lost\n"},
		{"one ERROR line", false, []event.Event{end(0, lost), end(1, lost), end(2, refusedWith("no", "no"))},
			"ERROR: a connection lost\n"},
		{"nothing of a host that was stopped", false, []event.Event{out(0, "part\n"), end(1, lost), end(0, stopped), end(2, event.Result{Outcome: event.NotStarted})},
			"ERROR: b connection lost\n"},
		{"--keep-going", true, []event.Event{out(0, "part\n"), end(0, lost), out(1, "x\n"), end(1, exited(0)), end(2, lost)},
			"ERROR: a connection lost\nb: x\nERROR: c connection lost\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, stdout, stderr := newSink(t, Config{Names: []string{"a", "b", "c"}, Compat: true, KeepGoing: test.keepGoing})
			must(t, s, test.events...)
			finish(t, s)
			equal(t, "standard output", stdout.String(), test.want)
			equal(t, "standard error", stderr.String(), "")
		})
	}
}

// The files of --out and --err are made at their first byte.
func TestCompatFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		out, err string
		events   []event.Event
		stdout   string
		files    map[string]string // empty: there is none
	}{
		{"silent", "f", "g", []event.Event{end(0, exited(0)), end(1, exited(0))}, "", map[string]string{"f": "", "g": ""}},
		{"one of each", "f", "g", []event.Event{out(0, "1\n2\n"), errOut(0, "bad\n"), end(0, exited(0)), errOut(1, "bad"), end(1, exited(0))}, "",
			map[string]string{"f": "a: 1\n2\n", "g": "a: bad\n"}},
		{"only --out", "f", "", []event.Event{out(0, "1\n"), end(0, exited(0)), end(1, refusedWith("no", "no"))}, "a: no\n", map[string]string{"f": "a: 1\n"}},
		{"only --err", "", "g", []event.Event{end(0, exited(0)), end(1, refusedWith("no", "no"))}, "a:\n", map[string]string{"g": "a: no\n"}},
		{"both in one", "f", "f", []event.Event{out(0, "1\n"), end(0, exited(0)), errOut(1, "bad\n"), end(1, exited(0))}, "", map[string]string{"f": "a: 1\na: bad\n"}},
		{"directories", "d/", "e/", []event.Event{out(0, "1\n"), end(0, exited(0)), out(1, "2\n"), end(1, exited(0))}, "", map[string]string{"d/a.out": "1\n2\n", "e/a.err": ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir() + "/"
			path := func(name string) string {
				if name == "" {
					return ""
				}
				return dir + name
			}
			s, stdout, _ := newSink(t, Config{Names: []string{"a", "a"}, Compat: true, Out: path(test.out), Err: path(test.err)})
			must(t, s, event.Event{Kind: event.Started, Host: 0}, event.Event{Kind: event.Started, Host: 1})
			must(t, s, test.events...)
			finish(t, s)
			equal(t, "standard output", stdout.String(), test.stdout)
			for name, want := range test.files {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if want == "" && !os.IsNotExist(err) || want != "" && err != nil {
					t.Errorf("%s: %v", name, err)
				}
				equal(t, name, string(text), want)
			}
		})
	}
}

// A host that has no part in a command, as in interactive mode, does not hold up the others.
func TestOrderedWithoutSome(t *testing.T) {
	t.Parallel()
	s, stdout, _ := newSink(t, Config{Names: []string{"a", "b", "c", "d"}, Ordered: true})
	must(t, s, out(3, "4\n"), end(3, exited(0)), out(1, "2\n"), end(1, exited(0)))
	finish(t, s)
	equal(t, "standard output", stdout.String(), "b: 2\nd: 4\n")
}
