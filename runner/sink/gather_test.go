package sink

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"clsh/runner/event"
	"clsh/runner/spool"
)

func TestGather(t *testing.T) {
	s, stdout, stderr := newSink(t, Config{Names: []string{"n1", "n2", "n3", "n4", "n5", "n6", "n7"}, Gather: true, Quiet: true})
	must(t, s, out(1, "Linux\n"), out(0, "Lin"), errOut(2, "odd\n"), out(3, "other\n"), out(0, "ux"), out(2, "Linux\n"), out(5, "half"))
	equal(t, "standard error, live", stderr.String(), "n3: odd\n")
	finish(t, s, exited(0), exited(0), exited(1), exited(0), exited(0), event.Result{Outcome: event.Stopped}, event.Result{Outcome: event.NotStarted})
	equal(t, "standard output", stdout.String(), `---------------
n1,n2 (2)
---------------
Linux
---------------
n4
---------------
other
---------------
n5
---------------
---------------
n3
---------------
Linux
---------------
n6
---------------
half
`)
}

func TestGatherBoth(t *testing.T) {
	for _, live := range []bool{false, true} {
		s, stdout, stderr := newSink(t, Config{Names: []string{"n1", "n2", "n3"}, GatherBoth: true, Live: live})
		must(t, s, errOut(0, "e\n"), out(0, "o\n"), out(1, "o\n"), errOut(1, "e\n"), out(2, "o\ne\n"))
		finish(t, s, ends(3)...)
		groups := rule + "n1,n2 (2)\n" + rule + "o\ne\n" + rule + "n3\n" + rule + "o\ne\n"
		lines, errs := "", ""
		if live {
			lines, errs = "n1: o\nn2: o\nn3: o\nn3: e\n", "n1: e\nn2: e\n"
		}
		equal(t, "standard output", stdout.String(), lines+groups)
		equal(t, "standard error", stderr.String(), errs)
	}
}

// What is gathered is held once, and on disk past its share of the memory.
func TestGatherHoldsOnce(t *testing.T) {
	names := make([]string, 8)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
	}
	s, stdout, _ := newSink(t, Config{Names: names, Gather: true})
	p := s.(*multi).closers[0].(*spool.Pool)
	piece := bytes.Repeat([]byte(strings.Repeat("y", 63)+"\n"), 1024)
	const pieces = 8 << 20 / (64 << 10)
	for range pieces {
		for host := range names {
			must(t, s, event.Event{Kind: event.Output, Host: host, Stream: event.Stdout, Data: piece})
		}
	}
	if p.Used() > int64(len(names))*spool.MaxMemory {
		t.Errorf("%d bytes in memory", p.Used())
	}
	for host := range names {
		must(t, s, end(host, exited(0)))
	}
	if left := p.OnDisk(); left > 9<<20 {
		t.Errorf("%d bytes of the file are still in use", left)
	}
	finish(t, s)
	want := rule + strings.Join(names, ",") + " (8)\n" + rule + strings.Repeat(string(piece), pieces)
	if stdout.String() != want {
		t.Errorf("%d bytes came out, want %d", stdout.Len(), len(want))
	}
}

func TestNormalize(t *testing.T) {
	s, stdout, _ := newSink(t, Config{Names: []string{"root@n1.example.com:22", "n2", "10.0.0.1"}, Gather: true, Normalize: true})
	must(t, s, out(0, "host n"), out(0, "1.example.com n1 n1.example.org n10 xn1"), out(0, "0\n"))
	must(t, s, out(1, "host n2 n2 n2.example.org n10 xn10\n"))
	must(t, s, out(2, "10.0.0.1\n10.0.0.12 10"))
	finish(t, s, ends(3)...)
	equal(t, "standard output", stdout.String(), rule+"root@n1.example.com:22,n2 (2)\n"+rule+"host %h %h %h.example.org n10 xn10\n"+
		rule+"10.0.0.1\n"+rule+"%h\n10.0.0.12 10\n")
}

func TestDiff(t *testing.T) {
	names := make([]string, 40)
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
	}
	s, stdout, _ := newSink(t, Config{
		Names: names, Diff: true, Quiet: true,
		Fold: func(n []string) string { return n[0] + ".." + n[len(n)-1] },
	})
	common := "Port 22\nPermitRootLogin no\nUsePAM yes\nX11Forwarding no\nMaxSessions 10\n"
	results := ends(40)
	for i := range names {
		switch i {
		case 7, 9:
			must(t, s, out(i, strings.Replace(common, "Login no", "Login yes", 1)))
			results[i] = exited(1)
		case 11:
			must(t, s, out(i, common+"Banner none"))
		default:
			must(t, s, out(i, common))
			results[i] = exited(i % 2)
		}
	}
	finish(t, s, results...)
	equal(t, "standard output", stdout.String(), rule+"n0..n39 (37)\n"+rule+common+`--- n0..n39 (37)
+++ n7..n9 (2)
@@ -1,5 +1,5 @@
 Port 22
-PermitRootLogin no
+PermitRootLogin yes
 UsePAM yes
 X11Forwarding no
 MaxSessions 10
--- n0..n39 (37)
+++ n11
@@ -3,3 +3,4 @@
 UsePAM yes
 X11Forwarding no
 MaxSessions 10
+Banner none
`)
}

// Texts that are too large to be compared are reported, not left out.
func TestDiffTooLarge(t *testing.T) {
	large := strings.Repeat("x", 4<<20) + "\n"
	s, stdout, _ := newSink(t, Config{Names: []string{"a", "b"}, Diff: true})
	must(t, s, out(0, "small\n"), out(1, large))
	finish(t, s, ends(2)...)
	equal(t, "standard output", stdout.String(), rule+"a\n"+rule+"small\n"+
		fmt.Sprintf("--- a\n+++ b\n%d and %d bytes: too large to be compared line by line; --gather shows them whole\n", 6, len(large)))
}

// Hosts that printed the same, but on other streams, are no equal group; their
// difference has no hunks.
func TestDiffOfStreams(t *testing.T) {
	s, stdout, _ := newSink(t, Config{Names: []string{"a", "b"}, Diff: true, GatherBoth: true})
	must(t, s, out(0, "x\n"), errOut(1, "x\n"))
	finish(t, s, ends(2)...)
	equal(t, "standard output", stdout.String(), rule+"a\n"+rule+"x\n--- a\n+++ b\n")
}

func TestBlock(t *testing.T) {
	s, stdout, stderr := newSink(t, Config{Names: []string{"a", "b", "c"}, Format: Block})
	must(t, s, out(0, "1\n"), out(1, "x\n"), errOut(1, "bad"), out(0, "2"))
	must(t, s, end(1, exited(0)), end(0, exited(0)), end(2, exited(0)))
	finish(t, s)
	equal(t, "standard output", stdout.String(), "b: x\na: 1\n2\nc:\n")
	equal(t, "standard error", stderr.String(), "b: bad\n")
}

// In order, whatever comes when, and nothing is lost: as if the hosts had run
// one after the other.
func TestOrdered(t *testing.T) {
	names := []string{"h1", "h2", "h3", "h4"}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		what := make([][3][]byte, len(names))
		want := ""
		for host := range what[:3] {
			what[host][event.Stdout] = complete(nasty(r, 1+r.IntN(2000)))
			for line := range bytes.Lines(what[host][event.Stdout]) {
				want += names[host] + ": " + string(line)
			}
		}
		want += "h4:\n"
		s, stdout, _ := newSink(t, Config{Names: names, Ordered: true})
		s.(*multi).closers[0].(*spool.Pool).Limit(2000)
		must(t, s, cut(r, what, 1+r.IntN(300))...)
		for _, host := range r.Perm(len(names)) {
			must(t, s, end(host, exited(0)))
		}
		finish(t, s)
		equal(t, fmt.Sprintf("seed %d", seed), stdout.String(), want)
	}
}

// The host whose turn it is, is shown as it comes.
func TestOrderedIsLive(t *testing.T) {
	s, stdout, _ := newSink(t, Config{Names: []string{"a", "b", "c"}, Ordered: true})
	must(t, s, out(1, "b1\n"), out(0, "a1\n"))
	equal(t, "the first", stdout.String(), "a: a1\n")
	must(t, s, end(0, exited(0)))
	equal(t, "the second", stdout.String(), "a: a1\nb: b1\n")
	must(t, s, end(2, exited(0)), out(1, "b2\n"))
	equal(t, "the second, live", stdout.String(), "a: a1\nb: b1\nb: b2\n")
	must(t, s, end(1, exited(0)))
	finish(t, s)
	equal(t, "all", stdout.String(), "a: a1\nb: b1\nb: b2\nc:\n")
}

// What eight hosts of the same flood cost when it is gathered.
func BenchmarkGather(b *testing.B) {
	s, _, _ := newSink(b, Config{Names: []string{"a", "b"}, Gather: true})
	block := bytes.Repeat([]byte(strings.Repeat("x", 63)+"\n"), 1024)
	b.SetBytes(int64(len(block)))
	n := 0
	for i := 0; b.Loop(); i++ {
		must(b, s, event.Event{Kind: event.Output, Host: i % 2, Stream: event.Stdout, Data: block})
		if n++; n == 512 { // 32 MiB: start again
			n = 0
			if err := s.Close(nil); err != nil {
				b.Fatal(err)
			}
			s, _, _ = newSink(b, Config{Names: []string{"a", "b"}, Gather: true})
		}
	}
}
