package sink

import (
	"bytes"
	"fmt"

	"clsh/runner/sink/compare"
)

// The colours of a diff, those of diff --color and git.
const (
	colourHead  = "\x1b[1m"
	colourHunk  = "\x1b[36m"
	colourOld   = "\x1b[31m"
	colourNew   = "\x1b[32m"
	colourReset = "\x1b[0m"
)

// diffs shows the most common output, and of the others only the differences, as diff -u
// does:
//
//	--- node[1-37] (37)
//	+++ node[38-40] (3)
//	@@ -1,3 +1,3 @@
func (g *gather) diffs(groups []*compare.Group) error {
	if len(groups) == 0 {
		return nil
	}
	common := groups[0]
	if err := g.whole(common); err != nil {
		return err
	}
	diffs, err := compare.NewDiffs(common)
	if err != nil {
		return err
	}
	for _, group := range groups[1:] {
		hunks, ok, err := diffs.With(group)
		if err != nil {
			return err
		}
		if !ok {
			hunks = fmt.Appendf(nil, "%d and %d bytes: too large to be compared line by line; --gather shows them whole\n",
				common.Size(), group.Size())
		}
		if err := g.paint(fmt.Sprintf("--- %s\n+++ %s\n", g.title(common), g.title(group)), hunks); err != nil {
			return err
		}
	}
	return nil
}

// paint writes a diff, coloured if the target is.
func (g *gather) paint(head string, changes []byte) error {
	if !g.colour {
		g.target.add([]byte(head))
		g.target.add(changes)
		return g.target.flush()
	}
	g.target.buf = append(g.target.buf, colourHead+head+colourReset...)
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
			g.target.add(line)
			continue
		}
		// The reset comes after the newline, because escaping may still change the end
		// of the line.
		g.target.buf = append(g.target.buf, colour...)
		g.target.add(line)
		g.target.buf = append(g.target.buf, colourReset...)
	}
	return g.target.flush()
}
