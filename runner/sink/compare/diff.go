package compare

import (
	"bytes"

	"znkr.io/diff"
	"znkr.io/diff/textdiff"
)

// Bounds of two texts that are compared line by line, which are in memory then.
const (
	largestDiff = 4 << 20 // bytes of each
	mostLines   = 1 << 18 // of both: 50 MB for the comparison, 0.1 s
	// exactLines is the limit for the shortest diff, which takes a second at worst.
	// Beyond it, the diff is made from lines that are certainly the same.
	exactLines = 1 << 15
)

// Diffs compares groups with the most common one.
type Diffs struct {
	common *Group
	text   []byte // of common
}

// NewDiffs returns the comparison with common.
func NewDiffs(common *Group) (*Diffs, error) {
	if common.Size() > largestDiff {
		return &Diffs{common: common}, nil
	}
	text, err := common.collect()
	return &Diffs{common: common, text: text}, err
}

// With returns how group differs from the common one, as the hunks of diff -u. It
// returns ok false where the texts are too large to be compared.
func (d *Diffs) With(group *Group) (hunks []byte, ok bool, err error) {
	if max(d.common.Size(), group.Size()) > largestDiff {
		return nil, false, nil
	}
	text, err := group.collect()
	if err != nil {
		return nil, false, err
	}
	var options []textdiff.Option
	switch lines := bytes.Count(d.text, []byte{'\n'}) + bytes.Count(text, []byte{'\n'}); {
	case lines > mostLines:
		return nil, false, nil
	case lines > exactLines:
		options = append(options, diff.Fast())
	}
	return textdiff.Unified(d.text, text, options...), true, nil
}
