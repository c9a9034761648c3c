package runs

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"

	"znkr.io/diff"
	"znkr.io/diff/textdiff"

	"clsh/hosts"
	"clsh/runner/event"
	"clsh/runner/record"
)

// Compare adds to out how run b differs from run a: the hosts by change of outcome, then the
// differences of their outputs, if both runs have kept them.
//
//	ok: node[1-3] (3)
//	ok, now exit 3: node4 (1)
//	only in kxqb: node9 (1)
func Compare(out *bytes.Buffer, a, b *Saved) error {
	both, err := compareOutcomes(out, a, b)
	if err == nil && a.Run.Output && b.Run.Output {
		err = compareOutputs(out, a, b, both)
	}
	return err
}

// kindOf names what became of a host.
func kindOf(h record.HostState) string {
	switch {
	case h.Result != nil:
		return h.Result.Kind()
	case h.Started:
		return "unfinished"
	}
	return "not started"
}

// compareOutcomes writes the hosts by change of outcome, those without a change first. It returns
// the hosts that are in both runs.
func compareOutcomes(out *bytes.Buffer, a, b *Saved) (both []string, err error) {
	before, _, err := a.States()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", a.Name, err)
	}
	after, _, err := b.States()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", b.Name, err)
	}
	then := map[string]string{}
	for _, h := range before {
		then[h.Name] = kindOf(h)
	}
	var same, changed, added, gone folds
	for _, h := range after {
		now := kindOf(h)
		was, known := then[h.Name]
		switch {
		case !known:
			added.add("only in "+b.Name, h.Name)
			continue
		case was == now:
			same.add(now, h.Name)
		default:
			changed.add(was+", now "+now, h.Name)
		}
		both = append(both, h.Name)
		delete(then, h.Name)
	}
	for _, h := range before {
		if _, left := then[h.Name]; left {
			gone.add("only in "+a.Name, h.Name)
		}
	}
	for _, f := range slices.Concat(same, changed, gone, added) {
		fmt.Fprintf(out, "%s: %s\n", f.title, Folded(f.names))
	}
	return both, nil
}

// folds are hosts under titles, in the order of the first host of each.
type folds []*fold

type fold struct {
	title string
	names []string
}

func (f *folds) add(title, name string) {
	at := slices.IndexFunc(*f, func(g *fold) bool { return g.title == title })
	if at < 0 {
		at = len(*f)
		*f = append(*f, &fold{title: title})
	}
	(*f)[at].names = append((*f)[at].names, name)
}

// Folded folds names, with their number.
func Folded(names []string) string {
	return fmt.Sprintf("%s (%d)", hosts.Fold(names), len(names))
}

// compareOutputs writes how the output of hosts changed. Hosts whose outputs changed in the same way
// are under one diff.
func compareOutputs(out *bytes.Buffer, a, b *Saved, names []string) error {
	before, err := a.digests(names)
	if err != nil {
		return err
	}
	after, err := b.digests(names)
	if err != nil {
		return err
	}
	for _, stream := range []event.Stream{event.Stdout, event.Stderr} {
		type change [2]string // the digests in both runs
		groups := map[change][]string{}
		var order []change
		for _, name := range names {
			c := change{string(before[name][stream].Sum(nil)), string(after[name][stream].Sum(nil))}
			if c[0] == c[1] {
				continue
			}
			if groups[c] == nil {
				order = append(order, c)
			}
			groups[c] = append(groups[c], name)
		}
		slices.SortStableFunc(order, func(x, y change) int { return cmp.Compare(len(groups[y]), len(groups[x])) })
		for _, c := range order {
			if err := writeChange(out, a, b, groups[c], stream); err != nil {
				return err
			}
		}
	}
	return nil
}

// digests returns the digests of hosts' outputs, by event.Stream.
func (r *Saved) digests(names []string) (map[string]*[3]hash.Hash, error) {
	want := map[string]bool{}
	all := map[string]*[3]hash.Hash{}
	for _, name := range names {
		want[name] = true
		all[name] = &[3]hash.Hash{event.Stdout: sha256.New(), event.Stderr: sha256.New()}
	}
	err := r.Output(want, func(host string, stream event.Stream, b []byte) error {
		_, err := all[host][stream].Write(b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", r.Name, err)
	}
	return all, nil
}

// text returns a stream of a host.
func (r *Saved) text(name string, stream event.Stream) ([]byte, error) {
	var text []byte
	err := r.Output(map[string]bool{name: true}, func(_ string, s event.Stream, b []byte) error {
		if s == stream {
			text = append(text, b...)
		}
		if len(text) > 2*record.MaxOutput {
			return errors.New("more output than a record keeps")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", r.Name, err)
	}
	return text, nil
}

// exactLines is up to where the shortest diff is looked for, which takes a second at worst.
const exactLines = 1 << 15

// writeChange writes the diff of the hosts names, which is that of the first one.
func writeChange(out *bytes.Buffer, a, b *Saved, names []string, stream event.Stream) error {
	before, err := a.text(names[0], stream)
	if err != nil {
		return err
	}
	after, err := b.text(names[0], stream)
	if err != nil {
		return err
	}
	title := Folded(names)
	if stream == event.Stderr {
		title += ", standard error"
	}
	var options []textdiff.Option
	if bytes.Count(before, []byte{'\n'})+bytes.Count(after, []byte{'\n'}) > exactLines {
		options = append(options, diff.Fast())
	}
	fmt.Fprintf(out, "--- %s: %s\n+++ %s: %s\n%s", a.Name, title, b.Name, title, textdiff.Unified(before, after, options...))
	return nil
}

// ParsePair reads RUN[,RUN].
func ParsePair(text string) (first, second string, err error) {
	first, second, two := strings.Cut(text, ",")
	if first == "" || two && (second == "" || strings.Contains(second, ",")) {
		return "", "", errors.New("one or two runs are compared\nhint: --compare RUN,RUN, or RUN with the last one")
	}
	return first, second, nil
}
