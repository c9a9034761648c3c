package sink

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"clsh/runner/event"
)

// A screen is as much of a terminal as the status line needs. It keeps every
// line that was ever shown, as a scrollback does.
type screen struct {
	t        testing.TB
	width    int
	lines    [][]byte
	row, col int
}

func (s *screen) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if rest, ok := bytes.CutPrefix(b, []byte("\x1b[J")); ok {
			if s.row == 0 && s.col == 0 {
				s.t.Fatal("erases the whole screen, which tmux moves into the scrollback")
			}
			s.lines = s.lines[:s.row+1]
			s.eraseLine()
			b = rest
			continue
		}
		if rest, ok := bytes.CutPrefix(b, []byte("\x1b[K")); ok {
			s.eraseLine()
			b = rest
			continue
		}
		if rest, ok := bytes.CutPrefix(b, []byte("\x1b[A")); ok {
			s.row--
			b = rest
			continue
		}
		switch c := b[0]; c {
		case '\r':
			s.col = 0
		case '\n':
			s.row++
			s.col = 0 // as the terminal driver does it (termios(3), ONLCR)
			s.line(s.row)
		case '\x1b':
			s.t.Fatalf("a sequence that this screen does not know: %q", b)
		default:
			if s.col == s.width {
				s.row++
				s.col = 0
			}
			if s.line(s.row); s.col == len(s.lines[s.row]) {
				s.lines[s.row] = append(s.lines[s.row], c)
			}
			s.lines[s.row][s.col] = c
			s.col++
		}
		b = b[1:]
	}
	return n, nil
}

// eraseLine erases from the cursor to the end of its line.
func (s *screen) eraseLine() {
	s.line(s.row)
	s.lines[s.row] = s.lines[s.row][:min(s.col, len(s.lines[s.row]))]
}

// line makes sure that there is such a line.
func (s *screen) line(row int) {
	for len(s.lines) <= row {
		s.lines = append(s.lines, nil)
	}
}

// text is what is to be seen, without empty lines at the end but the one of the
// cursor.
func (s *screen) text() string {
	lines := s.lines
	for len(lines) > s.row+1 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return string(bytes.Join(lines, []byte("\n")))
}

func tick(at time.Time) event.Event { return event.Event{Kind: event.Tick, Time: at} }

// The status line is drawn under the output, out of its way, and is gone in
// the end; no line of output is lost.
func TestStatusLine(t *testing.T) {
	for _, width := range []int{80, 200, 25} {
		term := &screen{t: t, width: width}
		begin := time.Unix(1e9, 0)
		s, err := New(Config{
			Names: []string{"a", "b", "c"}, Fold: func(n []string) string { return strings.Join(n, ",") },
			Stdout: term, Stderr: term, StdoutTerminal: true, StderrTerminal: true, Color: Never,
			Width: func() int { return term.width }, TempDir: t.TempDir(),
		})
		if err != nil {
			t.Fatal(err)
		}
		e := start(0)
		e.Time = begin
		must(t, s, e, start(1), start(2), out(0, "one\n"))
		equal(t, "before the first tick", term.text(), "a: one\n")
		must(t, s, tick(begin.Add(1500*time.Millisecond)))
		status := func(text string) string {
			if width > 25 {
				return text
			}
			// What matters most comes first: done, running, failed, lost, the time.
			return map[byte]string{'0': "0/3 done, 3 running, 1s", '1': "1/3 done, 2 running, 2s"}[text[0]]
		}
		equal(t, "drawn", term.text(), "a: one\n\n"+status("0/3 done, 3 running, 0 failed, 0 lost, 1s: a, b, c"))
		must(t, s, errOut(1, "two\n"), end(1, exited(1)))
		must(t, s, tick(begin.Add(2*time.Second)))
		equal(t, "drawn again", term.text(), "a: one\nb: two\n\n"+status("1/3 done, 2 running, 1 failed, 0 lost, 2s: a, c"))
		must(t, s, end(2, event.Result{Outcome: event.Lost, Code: 255}), event.Event{Kind: event.Show})
		must(t, s, end(0, exited(0)), tick(begin.Add(2*time.Second)))
		finish(t, s)
		equal(t, "in the end", term.text(), `a: one
b: two
ERROR: c connection lost
running: a
exit 1: b
lost: c
`)
	}
}

// Return, whose echo the terminal shows, leaves nothing of the status line.
func TestStatusLineAndReturn(t *testing.T) {
	term := &screen{t: t, width: 80}
	s, err := New(Config{
		Names: []string{"a"}, Stdout: term, Stderr: term, StdoutTerminal: true, StderrTerminal: true,
		Color: Never, TempDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, start(0), out(0, "one\n"), tick(time.Unix(1e9, 0)))
	if _, err := term.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	must(t, s, event.Event{Kind: event.Show}, tick(time.Unix(1e9+1, 0)))
	if _, err := term.Write([]byte("typed ahead\n")); err != nil {
		t.Fatal(err)
	}
	must(t, s, out(0, "two\n"))
	finish(t, s, exited(0))
	equal(t, "screen", term.text(), "a: one\n\nrunning: a\ntyped ahead\na: two\n")
}

// A line longer than one write is not broken by the status line.
func TestStatusLineAndLongLine(t *testing.T) {
	term := &screen{t: t, width: 2 * flushSize}
	s, err := New(Config{
		Names: []string{"a"}, Stdout: term, Stderr: term, StdoutTerminal: true, StderrTerminal: true,
		Color: Never, TempDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, start(0), tick(time.Unix(1e9, 0)))
	long := strings.Repeat("x", flushSize+10)
	must(t, s, out(0, long), out(0, "\n"), tick(time.Unix(1e9+1, 0)), end(0, exited(0)))
	finish(t, s)
	equal(t, "screen", term.text(), "a: "+long+"\n")
}

func TestStatusLineWhen(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, test := range []struct {
		name string
		c    Config
		want bool
	}{
		{"a terminal", Config{Stdout: w, StdoutTerminal: true, StderrTerminal: true}, true},
		{"output into a file", Config{Stdout: null, StderrTerminal: true}, true},
		{"output into a pipe, perhaps a pager", Config{Stdout: w, StderrTerminal: true}, false},
		{"that, asked for", Config{Stdout: w, StderrTerminal: true, Progress: Always}, true},
		{"no terminal", Config{Stdout: null}, false},
		{"never", Config{StdoutTerminal: true, StderrTerminal: true, Progress: Never}, false},
		{"quiet", Config{StdoutTerminal: true, StderrTerminal: true, Quiet: true}, false},
		{"compat", Config{StdoutTerminal: true, StderrTerminal: true, Compat: true}, false},
		{"dumb", Config{StdoutTerminal: true, StderrTerminal: true, Getenv: func(string) string { return "dumb" }}, false},
	} {
		test.c.defaults()
		if got := test.c.statusLine(); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// Show answers also where there is no status line, and under --quiet.
func TestShow(t *testing.T) {
	s, _, stderr := newSink(t, Config{Names: []string{"a", "b", "c", "d"}, Quiet: true})
	must(t, s, start(0), start(1), start(2), end(1, exited(3)), end(2, exited(0)), event.Event{Kind: event.Show})
	equal(t, "states", stderr.String(), "waiting: d\nrunning: a\nok: c\nexit 3: b\n")
}

// The table of the man page is what New accepts.
func TestCombinations(t *testing.T) {
	set := map[string]func(*Config){
		"--out": func(c *Config) { c.Out = "x" }, "--err": func(c *Config) { c.Err = "x" },
		"--live": func(c *Config) { c.Live = true }, "--normalize": func(c *Config) { c.Normalize = true },
		"--ordered": func(c *Config) { c.Ordered = true }, "-N": func(c *Config) { c.NoLabel = true },
		"--json": func(c *Config) { c.JSONFile = "x" }, "-b": func(c *Config) { c.Gather = true },
		"-B": func(c *Config) { c.GatherBoth = true }, "--diff": func(c *Config) { c.Diff = true },
		"lines": func(c *Config) { c.Format = Lines }, "block": func(c *Config) { c.Format = Block },
		"json": func(c *Config) { c.Format = JSON }, "none": func(c *Config) { c.Format = None },
	}
	lines := strings.Split(Combinations, "\n")
	options := strings.Fields(lines[1])
	for _, line := range lines[2:9] {
		cells := strings.Fields(line)
		if len(cells) != 1+len(options) {
			t.Fatalf("%d cells: %s", len(cells), line)
		}
		for i, option := range options {
			var c Config
			set[cells[0]](&c)
			set[option](&c)
			err := c.check()
			if accepted := err == nil; accepted != (cells[1+i] != "-" && cells[1+i] != "1") {
				t.Errorf("%s with %s: %v; the table says %q", cells[0], option, err, cells[1+i])
			}
			if c.Live = true; cells[1+i] == "1" && c.check() != nil {
				t.Errorf("%s with %s and --live: %v", cells[0], option, c.check())
			}
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []Config{
		{Format: "xml"},
		{Format: Block, Gather: true},
		{Format: JSON, Diff: true},
		{Live: true},
		{Normalize: true},
		{Gather: true, Out: "x"},
		{GatherBoth: true, Err: "x"},
		{Format: JSON, Err: "x"},
		{Format: JSON, NoLabel: true},
		{JSONFile: "-"},
		{Summary: true, Quiet: true},
		{Progress: Always, Quiet: true},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), "--") && c.Format != "xml" {
			t.Errorf("%+v: error %v names no option", c, err)
		}
	}
	for _, c := range []Config{
		{Gather: true, Err: "x"}, {Gather: true, Live: true, Out: "x"}, {Diff: true, Normalize: true},
		{Format: Lines, Gather: true}, {Format: None, JSONFile: "x"}, {Format: None, Out: "x"}, {Compat: true, Diff: true},
	} {
		if err := c.check(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
