package compare

import (
	"fmt"
	"strings"
	"testing"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// diffOf returns how b differs from a.
func diffOf(t *testing.T, a, b string) (hunks []byte, ok bool) {
	t.Helper()
	pool := spool.NewPool(t.TempDir())
	defer pool.Close()
	g := NewGroups(2, pool, nil)
	for host, text := range []string{a, b} {
		if err := g.Add(host, event.Stdout, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := g.End(host, host); err != nil { // their status keeps them in order
			t.Fatal(err)
		}
	}
	groups := g.Sorted()
	diffs, err := NewDiffs(groups[0])
	if err != nil {
		t.Fatal(err)
	}
	hunks, ok, err = diffs.With(groups[1])
	if err != nil {
		t.Fatal(err)
	}
	return hunks, ok
}

// Each bound has its neighbours on both sides.
func TestDiffBounds(t *testing.T) {
	t.Parallel()
	bytes := func(n int) string { return strings.Repeat("x", n-1) + "\n" }
	lines := func(n int) string { return strings.Repeat("\n", n) }
	for _, test := range []struct {
		name, a, b string
		ok         bool
	}{
		{"small", "a\n", "b\n", true},
		{"the most bytes", "a\n", bytes(largestDiff), true},
		{"one byte more", "a\n", bytes(largestDiff + 1), false},
		{"the most bytes of the common text", bytes(largestDiff), "b\n", true},
		{"one byte more of the common text", bytes(largestDiff + 1), "b\n", false},
		{"the most lines", lines(mostLines - 1), "b\n", true},
		{"one line more", lines(mostLines), "b\n", false},
	} {
		if hunks, ok := diffOf(t, test.a, test.b); ok != test.ok || ok != (len(hunks) > 0) {
			t.Errorf("%s: compared %v, %d bytes of hunks, want compared %v", test.name, ok, len(hunks), test.ok)
		}
	}
	if hunks, ok := diffOf(t, "a\n", "a"); !ok || len(hunks) != 0 {
		t.Errorf("the same but for the last newline: %q, %v", hunks, ok)
	}
}

// A diff of many lines, made the fast way, leads from one text to the other.
func TestLargeDiff(t *testing.T) {
	t.Parallel()
	var a, b strings.Builder
	for i := range exactLines {
		fmt.Fprintf(&a, "%d\n", i)
		if i%1000 != 7 {
			fmt.Fprintf(&b, "%d\n", i)
		}
	}
	hunks, ok := diffOf(t, a.String(), b.String())
	if !ok {
		t.Fatal("too large")
	}
	for line := range strings.Lines(string(hunks)) {
		if line[0] == '+' || line[0] == '-' && !strings.HasSuffix(line, "007\n") && line != "-7\n" {
			t.Fatalf("an unexpected change: %s", line)
		}
	}
	if n := strings.Count("\n"+string(hunks), "\n-"); n != exactLines/1000+1 {
		t.Errorf("%d lines are gone", n)
	}
}
