package sink

import (
	"bytes"
	"fmt"

	"znkr.io/diff/textdiff"
)

// largestDiff bounds the texts that are compared line by line: both are in
// memory then, with about as much again for the comparison.
const largestDiff = 4 << 20

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
		if max(group.size(), groups[0].size()) > largestDiff {
			err := g.place.print(fmt.Sprintf("%s%d and %d bytes: too large to be compared line by line; --gather shows them whole\n",
				head, groups[0].size(), group.size()))
			if err != nil {
				return err
			}
			continue
		}
		text, err := group.bytes()
		if err != nil {
			return err
		}
		if err := g.paint(head, textdiff.Unified(common, text)); err != nil {
			return err
		}
	}
	return nil
}

// paint writes a diff, coloured where the place is.
func (g *gather) paint(head string, diff []byte) error {
	if !g.colour {
		g.place.add([]byte(head))
		g.place.add(diff)
		return g.place.flush()
	}
	g.place.buf = append(g.place.buf, colourHead+head+colourReset...)
	for line := range bytes.Lines(diff) {
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
