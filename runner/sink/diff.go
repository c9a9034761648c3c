package sink

import (
	"bytes"
	"fmt"

	"znkr.io/diff"
	"znkr.io/diff/textdiff"
)

// Bounds of two texts that are compared line by line, which are in memory then.
const (
	largestDiff = 4 << 20 // bytes of each
	mostLines   = 1 << 18 // of both: 50 MB for the comparison, 0.1 s
	// exactLines is up to where the shortest diff is looked for, which takes
	// a second at worst; past that one is made of what is the same for sure.
	exactLines = 1 << 15
)

// The colours of a diff, as diff --color and git have them.
const (
	colourHead  = "\x1b[1m"
	colourHunk  = "\x1b[36m"
	colourOld   = "\x1b[31m"
	colourNew   = "\x1b[32m"
	colourReset = "\x1b[0m"
)

// diffs shows the most common output whole, and of the others what is not the
// same, as diff -u does:
//
//	--- node[1-37] (37)
//	+++ node[38-40] (3)
//	@@ -1,3 +1,3 @@
func (g *gather) diffs(groups []*gatherGroup) error {
	if len(groups) == 0 {
		return nil
	}
	if err := g.whole(groups[0]); err != nil {
		return err
	}
	var common []byte
	if groups[0].size() <= largestDiff {
		var err error
		if common, err = groups[0].bytes(); err != nil {
			return err
		}
	}
	for _, group := range groups[1:] {
		head := fmt.Sprintf("--- %s\n+++ %s\n", g.title(groups[0]), g.title(group))
		changes, err := compare(groups[0], group, common)
		if err != nil {
			return err
		}
		if changes == nil {
			changes = fmt.Appendf(nil, "%d and %d bytes: too large to be compared line by line; --gather shows them whole\n",
				groups[0].size(), group.size())
		}
		if err := g.paint(head, changes); err != nil {
			return err
		}
	}
	return nil
}

// compare returns how b differs from a, whose text is common; nil where that
// is too much.
func compare(a, b *gatherGroup, common []byte) ([]byte, error) {
	if max(a.size(), b.size()) > largestDiff {
		return nil, nil
	}
	text, err := b.bytes()
	if err != nil {
		return nil, err
	}
	var options []textdiff.Option
	switch lines := bytes.Count(common, []byte{'\n'}) + bytes.Count(text, []byte{'\n'}); {
	case lines > mostLines:
		return nil, nil
	case lines > exactLines:
		options = append(options, diff.Fast())
	}
	return textdiff.Unified(common, text, options...), nil
}

// paint writes a diff, coloured where the place is.
func (g *gather) paint(head string, changes []byte) error {
	if !g.colour {
		g.place.add([]byte(head))
		g.place.add(changes)
		return g.place.flush()
	}
	g.place.buf = append(g.place.buf, colourHead+head+colourReset...)
	for line := range bytes.Lines(changes) {
		colour := ""
		switch line[0] {
		case '@':
			colour = colourHunk
		case '-':
			colour = colourOld
		case '+':
			colour = colourNew
		}
		if colour == "" {
			g.place.add(line)
			continue
		}
		// The reset comes after the newline: what the line itself ends with
		// is known only then.
		g.place.buf = append(g.place.buf, colour...)
		g.place.add(line)
		g.place.buf = append(g.place.buf, colourReset...)
	}
	return g.place.flush()
}
