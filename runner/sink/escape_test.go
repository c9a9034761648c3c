package sink

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"testing"
	"unicode/utf8"

	"clsh/runner/event"
	"clsh/runner/sanitize"
)

// onTerminal is all that may reach a terminal.
var onTerminal = regexp.MustCompile(`^(?:[^\x00-\x1f\x7f-\x{9f}\x{2028}-\x{202e}\x{2066}-\x{2069}]|\t|\r?\n|\x1b\[[0-9;:]*m)*$`)

// On a terminal nothing of a host's gets through any way of showing, nor what
// ssh says of it; elsewhere nothing is changed.
func TestTerminalIsGuarded(t *testing.T) {
	evil := "\x1b]0;title\x07\x1b[2J\r\x9b1A\u009b1A\x7f\u202e\n"
	for _, test := range []struct {
		name   string
		config Config
	}{
		{"lines", Config{}},
		{"no labels", Config{NoLabel: true}},
		{"block", Config{Format: Block}},
		{"json", Config{Format: JSON}},
		{"gather", Config{GatherBoth: true}},
		{"gather live", Config{GatherBoth: true, Live: true}},
		{"diff", Config{Diff: true}},
		{"coloured diff", Config{Diff: true, Color: Always}},
		{"ordered", Config{Ordered: true}},
		{"compat", Config{Compat: true}},
	} {
		for _, terminal := range []bool{true, false} {
			c := test.config
			c.Names, c.StdoutTerminal, c.StderrTerminal = []string{"a", "b", "c"}, terminal, terminal
			s, stdout, stderr := newSink(t, c)
			must(t, s, start(0), start(1), out(1, evil), errOut(1, evil), out(0, evil[:5]), out(0, evil[5:]+"more"))
			must(t, s, end(0, exited(0)), end(1, exited(0)), end(2, event.Result{Outcome: event.Unreachable, Code: 255, Reason: evil}))
			finish(t, s)
			text := append(bytes.Clone(stdout.Bytes()), stderr.Bytes()...)
			if guarded := onTerminal.Match(text) && utf8.Valid(text); guarded != terminal && c.Format != JSON {
				t.Errorf("%s, terminal %v:\n%q", test.name, terminal, text)
			}
			if c.Format == JSON && !onTerminal.Match(stdout.Bytes()) {
				t.Errorf("%s: %q", test.name, stdout)
			}
			if bytes.Contains(text, []byte("more")) != true {
				t.Errorf("%s: output is missing:\n%q", test.name, text)
			}
		}
	}
	s, stdout, _ := newSink(t, Config{Names: []string{"a"}, StdoutTerminal: true, RawOutput: true, Color: Never})
	must(t, s, out(0, evil))
	finish(t, s, exited(0))
	equal(t, "raw output", stdout.String(), "a: "+evil)
}

func BenchmarkSanitizer(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	text := bytes.Repeat([]byte("Nov 23 15:00:01 node1 sshd[123]: Accepted publickey for root\n"), 1000)
	nasty := nasty(r, len(text))
	for name, in := range map[string][]byte{"text": text, "nasty": nasty} {
		b.Run(name, func(b *testing.B) {
			var v sanitize.Sanitizer
			var dst []byte
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				dst = v.Append(dst[:0], in)
			}
		})
	}
}
