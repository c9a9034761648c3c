package remote

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testNonce = "0123456789abcdef0123456789abcdef"

func line(text string) string { return "\x1e" + testNonce + " " + text + "\n" }

// framed is what a Framer made of a stream.
type framed struct {
	Output, Noise string
	Marks         []Mark
}

// What a shell has in $? is more than an exit status: after a signal in ksh93 (256 and its number), and
// after a function, which may return any number.
func TestShellFramerStatus(t *testing.T) {
	for given, want := range map[string]int{"0": 0, "255": 255, "256": 0, "258": 130, "271": 143, "300": 172, "-1": 255, "65536": 128} {
		got := frame(NewShellFramer(testNonce), []byte(line("ready")+line("begin 7")+"x\n"+line("end "+given)+line("end x")), 2*maxMark, []int{1 << 20})
		marks := []Mark{{Kind: Ready}, {Kind: Begin, Status: 7}, {Kind: End, Status: want}}
		if diff := cmp.Diff(framed{Output: "x\n", Marks: marks}, got); diff != "" {
			t.Errorf("end %s: %s", given, diff)
		}
	}
}

// frame feeds stream to a Framer as the engine's reader does, with reads of the
// given sizes (repeated) and a buffer of size bytes.
func frame(f *Framer, stream []byte, size int, reads []int) framed {
	var got framed
	f.Output = func(p []byte) { got.Output += string(p) }
	f.Noise = func(p []byte) { got.Noise += string(p) }
	f.Mark = func(m Mark) { got.Marks = append(got.Marks, m) }
	var carry []byte
	for i := 0; len(stream) > 0; i++ {
		n := min(len(stream), size-len(carry), max(1, reads[i%len(reads)]))
		data := append(bytes.Clone(carry), stream[:n]...)
		stream = stream[n:]
		used := f.Feed(data, len(data) == size, false)
		carry = append(carry[:0], data[used:]...)
		if len(carry) == size {
			panic("no progress")
		}
	}
	f.Feed(carry, true, true)
	return got
}

func TestFramer(t *testing.T) {
	end := Mark{Kind: End}
	open := line("ready") + line("begin")
	for _, c := range []struct {
		name, stream string
		want         framed
	}{
		{"plain", open + "hi\n" + line("end 0"), framed{"hi\n", "", []Mark{{Kind: Ready}, {Kind: Begin}, end}}},
		{"no last newline", open + "hi" + line("end 3"), framed{"hi", "", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: End, Status: 3}}}},
		{"noise before both", "motd\n" + line("ready") + "rc" + line("begin") + "x\n" + line("end 0"), framed{"x\n", "motd\nrc", []Mark{{Kind: Ready}, {Kind: Begin}, end}}},
		{"what a parser said", line("ready") + "zsh: parse error\n" + line("unparsed") + line("end 1"), framed{"zsh: parse error\n", "", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: End, Status: 1}}}},
		{"never begun", line("ready") + "no such shell\n" + line("end 127"), framed{"", "no such shell\n", []Mark{{Kind: Ready}, {Kind: End, Status: 127}}}},
		{"begun, then not parsed again", open + "x\n" + line("unparsed") + line("end 1"), framed{"x\n", "", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: End, Status: 1}}}},
		{"a daemon after the end", open + line("end 0") + "late\n", framed{"", "", []Mark{{Kind: Ready}, {Kind: Begin}, end}}},
		{"signs of life", "a" + line("ready") + line("beat") + line("begin") + "ab" + line("beat") + "c\n" + line("beat") + line("end 0"), framed{"abc\n", "a", []Mark{{Kind: Ready}, {Kind: Begin}, end}}},
		{"data taken", open + "ab" + line("took") + "c\n" + line("took") + line("end 0"), framed{"abc\n", "", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: Took}, {Kind: Took}, end}}},
		{"a stage, then a command", open + "s" + line("again") + "rc\n" + line("begin") + "c\n" + line("end 0"), framed{"sc\n", "rc\n", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: Again}, {Kind: Begin}, end}}},
		{"a stage whose command never begins", open + line("again") + "rc\n" + line("end 0"), framed{"", "rc\n", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: Again}, end}}},
		{"a stage that never began", line("ready") + line("again") + line("end 0"), framed{"", "", []Mark{{Kind: Ready}, end}}},
		{"data taken too early", line("ready") + line("took") + line("begin") + line("end 0"), framed{"", "", []Mark{{Kind: Ready}, {Kind: Begin}, end}}},
		{"left", open + line("end 143 left"), framed{"", "", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: End, Status: 143, Left: true}}}},
		{"left, by name", open + line("end 143 left 812 nginx,813 tmux: server"), framed{"", "", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: End, Status: 143, Left: true, Running: "812 nginx,813 tmux: server"}}}},
		{"like a mark", open + "\x1e" + testNonce[1:] + " end 0\n" + line("end 0"), framed{"\x1e" + testNonce[1:] + " end 0\n", "", []Mark{{Kind: Ready}, {Kind: Begin}, end}}},
		{"a terminal's line ends", "\r\n" + "\x1e" + testNonce + " ready\n\x1e" + testNonce + " begin\r\nx\r\n\x1e" + testNonce + " end 0\r\n", framed{"x\r\n", "\r\n", []Mark{{Kind: Ready}, {Kind: Begin}, end}}},
		{"cut off before it began", line("ready") + "rc\nConnection to n1 closed by remote host.\r\n", framed{"", "rc\nConnection to n1 closed by remote host.\r\n", []Mark{{Kind: Ready}}}},
		{"cut off", open + "half", framed{"half", "", []Mark{{Kind: Ready}, {Kind: Begin}}}},
		{"cut off in its end", open + "x\n" + strings.TrimSuffix(line("end 137"), "37\n"), framed{"x\n", "", []Mark{{Kind: Ready}, {Kind: Begin}}}},
		{"cut off in left", open + strings.TrimSuffix(line("end 143 left"), " left\n"), framed{"", "", []Mark{{Kind: Ready}, {Kind: Begin}}}},
		{"end without ready", line("end 0") + "x", framed{"", "x", nil}},
		{"an impossible status", open + line("end x") + line("end 999") + line("end 1"), framed{"", "", []Mark{{Kind: Ready}, {Kind: Begin}, {Kind: End, Status: 1}}}},
		{"a mark that never ends", open + "\x1e" + testNonce + " " + strings.Repeat("x", 2*maxMark), framed{"\x1e" + testNonce + " " + strings.Repeat("x", 2*maxMark), "", []Mark{{Kind: Ready}, {Kind: Begin}}}},
	} {
		for _, reads := range [][]int{{1 << 20}, {1}, {7, 1, 40}} {
			got := frame(NewFramer(testNonce), []byte(c.stream), 2*maxMark, reads)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, reads of %d: %s", c.name, reads, diff)
			}
		}
	}
}

// TestFramerHandsOnWholeLines: a piece without a newline is either longer than
// the buffer or the last.
func TestFramerHandsOnWholeLines(t *testing.T) {
	f := NewFramer(testNonce)
	var pieces []string
	f.Output = func(p []byte) { pieces = append(pieces, string(p)) }
	f.Mark = func(Mark) {}
	open := line("ready") + line("begin")
	f.Feed([]byte(open), false, false)
	for _, c := range []struct {
		data  string
		flush bool
		want  []string
		used  int
	}{
		{"a\nb", false, []string{"a\n"}, 2},
		{"bbb", false, nil, 0},
		{"bbb\x1e0", true, []string{"bbb"}, 3},
		{"\x1e0x\n", false, []string{"\x1e0x\n"}, 4},
	} {
		pieces = nil
		if used := f.Feed([]byte(c.data), c.flush, false); used != c.used || !cmp.Equal(pieces, c.want) {
			t.Errorf("Feed(%q, %t) = %d, %q; want %d, %q", c.data, c.flush, used, pieces, c.used, c.want)
		}
	}
}

func TestSurvivors(t *testing.T) {
	for running, want := range map[string][]string{
		"":                           nil,
		"812 nginx":                  {"nginx (812)"},
		"812 nginx,813 tmux: server": {"nginx (812)", "tmux: server (813)"},
		"812 ?,0 ssh":                {"? (812)", "processes on another host (ssh)"},
		"7 a\x1b[2J\tb\xff":          {"a?[2J?b? (7)"},
		"x y,-1 z,9 ,12":             nil,
		"99999999999999999999 a,5 b": {"b (5)"},
	} {
		if diff := cmp.Diff(want, Survivors(running)); diff != "" {
			t.Errorf("%q: %s", running, diff)
		}
	}
}

func TestRawFramer(t *testing.T) {
	stream := line("ready") + "x\n" + line("end 0") + "half"
	got := frame(NewRawFramer(), []byte(stream), 64, []int{5})
	if got.Output != stream || got.Marks != nil || got.Noise != "" {
		t.Errorf("raw: %+v", got)
	}
}

// modelFrame is the framing over a whole stream at once: the model for FuzzFramer.
func modelFrame(stream string) framed {
	var got framed
	ready, begun, held := false, false, ""
	for stream != "" {
		prefix := "\x1e" + testNonce + " "
		before, rest, found := cutMark(stream, prefix)
		switch {
		case begun:
			got.Output += before
		case ready:
			held += before
		default:
			got.Noise += before
		}
		if !found {
			break
		}
		var text string
		if text, stream, found = strings.Cut(rest, "\n"); !found {
			break // it was cut
		}
		text = strings.TrimRight(text, "\r\n")
		var status int
		_, err := fmt.Sscanf(text, "end %d", &status)
		code, left, _ := strings.Cut(strings.TrimPrefix(text, "end "), " ")
		left, running, _ := strings.Cut(left, " ")
		digits := code != "" && strings.Trim(code, "0123456789") == "" || len(code) > 1 && strings.ContainsAny(code[:1], "+-") && strings.Trim(code[1:], "0123456789") == ""
		word, _, _ := strings.Cut(text, " ")
		switch {
		case word == "ready" && !ready:
			ready = true
			got.Marks = append(got.Marks, Mark{Kind: Ready})
		case word == "begin" && ready && !begun:
			begun = true
			got.Noise, held = got.Noise+held, ""
			got.Marks = append(got.Marks, Mark{Kind: Begin})
		case word == "unparsed" && ready && !begun:
			begun = true
			got.Output, held = got.Output+held, ""
			got.Marks = append(got.Marks, Mark{Kind: Begin})
		case strings.HasPrefix(text, "end ") && ready && err == nil && digits && status >= 0 && status <= 255:
			got.Noise += held
			if left != "left" {
				running = ""
			}
			got.Marks = append(got.Marks, Mark{Kind: End, Status: status, Left: left == "left", Running: running})
			return got
		}
	}
	got.Noise += held // it is kept, and reported when the session ends
	return got
}

// cutMark cuts s around the first prefix that begins a line short enough.
func cutMark(s, prefix string) (before, after string, found bool) {
	for from := 0; ; {
		at := strings.Index(s[from:], prefix)
		if at < 0 {
			return s, "", false
		}
		at += from
		text, _, _ := strings.Cut(s[at:], "\n")
		if len(text) <= maxMark {
			return s[:at], s[at+len(prefix):], true
		}
		from = at + len(prefix)
	}
}

func FuzzFramer(f *testing.F) {
	open := line("ready") + line("begin")
	f.Add([]byte("motd"+open+"x\ny"+line("end 0")+"z"), []byte{1, 200})
	f.Add([]byte(line("ready")+"oops\n"+line("end 2")), []byte{7})
	f.Add([]byte(open+"\x1e"+testNonce+" \x1e\x1e\n"), []byte{3, 3, 9})
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		reads := []int{64}
		for _, b := range sizes {
			reads = append(reads, int(b))
		}
		want := modelFrame(string(stream))
		framer := NewFramer(testNonce)
		got := frame(framer, stream, 2*maxMark, reads)
		got.Noise += string(framer.held)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q, reads of %d: %s", stream, reads, diff)
		}
	})
}
