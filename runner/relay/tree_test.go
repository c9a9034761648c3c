package relay

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"clsh/runner/event"
	"clsh/runner/record"
)

// A printing is what hosts print, in the order in which it comes.
type printing struct {
	rank   int
	stream event.Stream
	text   string
}

// A heard is a receiver that keeps what each host has printed.
type heard map[string]string

func (heard) greeted()             {}
func (heard) started(string) error { return nil }

func (h heard) output(name string, stream event.Stream, data []byte) error {
	h[fmt.Sprint(name, stream)] += string(data)
	return nil
}

func (heard) ended(string, int, *event.Result) error { return nil }

// carry takes what hosts print over a link whose ends have so much room, and returns what went over
// it. It checks that what comes out is what went in.
func carry(t *testing.T, room int, all []printing) string {
	t.Helper()
	var link bytes.Buffer
	out := record.NewStream(100, &link)
	for rank := range 100 {
		out.Name(rank, fmt.Sprintf("n%d", rank))
	}
	reports := newReporter(room, out)
	got, want := heard{}, heard{}
	back := newBack(got, room)
	if err := back.feed(fmt.Appendf(nil, "%s%d v\n", hello, protocol)); err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if err := reports.output(p.rank, p.stream, []byte(p.text)); err != nil {
			t.Fatal(err)
		}
		_ = want.output(fmt.Sprintf("n%d", p.rank), p.stream, []byte(p.text))
	}
	if err := back.feed(link.Bytes()); err != nil {
		t.Fatalf("%v in\n%s", err, link.String())
	}
	for key, text := range want {
		if got[key] != text {
			t.Fatalf("%s: %q, want %q, over\n%s", key, got[key], text, link.String())
		}
	}
	return link.String()
}

// What many hosts print goes over the link once, however it is cut, and also where it has no newline
// at its end; what differs at its end differs from there.
func TestDistinctOutputIsSentOnce(t *testing.T) {
	t.Parallel()
	const long = "a line of some length, which is not sent again"
	text := strings.Repeat(long+"\n", 20) + "an end"
	var all []printing
	for rank := range 50 {
		for _, stream := range []event.Stream{event.Stdout, event.Stderr} {
			for rest := text; rest != ""; {
				n := len(rest)
				if cut := 1 + strings.IndexByte(rest, '\n'); cut > 0 && rank%3 > 0 {
					n = cut
				}
				all = append(all, printing{rank, stream, rest[:n]})
				rest = rest[n:]
			}
		}
	}
	link := carry(t, 1<<20, all)
	if n := strings.Count(link, long); n != 20 {
		t.Errorf("a line of which there are 20 was sent %d times", n)
	}
	if n := strings.Count(link, "an end"); n != 1 {
		t.Errorf("the end was sent %d times", n)
	}
	link = carry(t, 1<<20, []printing{
		{1, event.Stdout, "a\nb\nc\n"}, {2, event.Stdout, "a\nb\nx\n"}, {3, event.Stdout, "a\nb\nx\n"}, {4, event.Stdout, "b\n"},
	})
	for text, want := range map[string]int{"a": 1, "b": 2, "c": 1, "x": 1} {
		if n := strings.Count(link, `"data":"`+text+`"`); n != want {
			t.Errorf("%s was sent %d times, want %d:\n%s", text, n, want, link)
		}
	}
}

// Where there is no room, both ends know: every host's output is its own.
func TestNoRoomForOutput(t *testing.T) {
	t.Parallel()
	for room := range 4 * pieceCost {
		carry(t, room, []printing{
			{1, event.Stdout, "a\nb\n"}, {2, event.Stdout, "a\n"}, {3, event.Stdout, "a\n"}, {2, event.Stdout, "b\nc\n"}, {3, event.Stdout, "b\nc"},
			{1, event.Stdout, "c\n"}, {4, event.Stdout, "a\n"}, {4, event.Stdout, "b\n"},
		})
	}
}

// Hosts that print anything, in any order, through ends of any room.
func FuzzTree(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Add(uint64(time.Now().UnixNano()))
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 0))
		var all []printing
		for range random.IntN(200) {
			var text strings.Builder
			for range 1 + random.IntN(4) {
				text.WriteString([]string{"a\n", "b\n", "\n", "cc\n", "\xff\n", strings.Repeat("l", 300) + "\n"}[random.IntN(6)])
			}
			p := printing{random.IntN(6), event.Stdout, text.String()}
			if random.IntN(8) == 0 {
				p.stream, p.text = event.Stderr, strings.TrimSuffix(p.text, "\n")
			}
			if p.text != "" {
				all = append(all, p)
			}
		}
		carry(t, random.IntN(20*pieceCost), all)
	})
}
