package relay

import (
	"bytes"
	"errors"
	"hash/maphash"
	"slices"

	"clsh/runner/event"
	"clsh/runner/record"
)

// A tree holds the pieces of output that a link has carried: lines, and pieces of longer ones. What a
// host has printed on a stream so far is a piece and those above it. Both ends of a link have the same
// tree, because each adds what goes over the link, in that order. So what a host prints as another did
// is a number on the link: that of the last piece.
type tree struct {
	room   int // bytes; what comes when there is none is not added
	pieces []piece
}

type piece struct {
	before int // the one above
	text   []byte
}

// The places in a tree where a host may be that are no piece: it has printed nothing, or something
// that was not added.
const (
	unmoved = 0
	offTree = -1
)

// pieceCost is what a piece costs at either end beside its text, in bytes.
const pieceCost = 128

func newTree(room int) tree { return tree{room: room, pieces: make([]piece, 1)} }

// add adds what a host prints after a place, and returns where it is then.
func (t *tree) add(before int, text []byte) int {
	cost := len(text) + pieceCost
	if before == offTree || cost > t.room {
		return offTree
	}
	t.room -= cost
	t.pieces = append(t.pieces, piece{before, bytes.Clone(text)})
	return len(t.pieces) - 1
}

// between returns the pieces below one place as far as another.
func (t *tree) between(above, last int) ([][]byte, error) {
	var texts [][]byte
	at := last
	for above != offTree && at > above && at < len(t.pieces) {
		texts = append(texts, t.pieces[at].text)
		at = t.pieces[at].before
	}
	if len(texts) == 0 || at != above {
		return nil, errors.New("it repeats output that it has not sent")
	}
	slices.Reverse(texts)
	return texts, nil
}

// A reporter is the relay's end of a tree: it writes what hosts print, and of what it has written
// before only the number.
type reporter struct {
	tree
	out   *record.Stream
	index map[branch]int
	seed  maphash.Seed
	hosts map[int]*[3]int // where those are that have printed something, by rank and stream
}

// A branch is where a piece is in the tree, but for texts with the same sum.
type branch struct {
	before int
	sum    uint64
}

func newReporter(room int, out *record.Stream) *reporter {
	return &reporter{tree: newTree(room), out: out, index: map[branch]int{}, seed: maphash.MakeSeed(), hosts: map[int]*[3]int{}}
}

// output writes what a host prints.
func (r *reporter) output(rank int, stream event.Stream, data []byte) error {
	places := r.hosts[rank]
	if places == nil {
		places = &[3]int{}
		r.hosts[rank] = places
	}
	at, known := &places[stream], false
	for len(data) > 0 {
		text := firstPiece(data)
		next, found := r.find(*at, text)
		if !found {
			break
		}
		*at, known, data = next, true, data[len(text):]
	}
	if known {
		r.out.Again(rank, stream, *at)
	}
	for len(data) > 0 {
		text := firstPiece(data)
		if err := r.out.Line(rank, stream, text); err != nil {
			return err
		}
		*at, data = r.learn(*at, text), data[len(text):]
	}
	return r.out.Flush()
}

// end forgets where a host is.
func (r *reporter) end(rank int) { delete(r.hosts, rank) }

// find returns the place of what a host prints after another.
func (r *reporter) find(before int, text []byte) (place int, found bool) {
	if before == offTree {
		return 0, false
	}
	place, found = r.index[r.branch(before, text)]
	return place, found && bytes.Equal(r.pieces[place].text, text)
}

// learn adds what a host prints after a place to the tree, to be found.
func (r *reporter) learn(before int, text []byte) int {
	place := r.add(before, text)
	if place != offTree {
		r.index[r.branch(before, text)] = place
	}
	return place
}

func (r *reporter) branch(before int, text []byte) branch {
	return branch{before, maphash.Bytes(r.seed, text)}
}

// firstPiece returns a line with its newline, or what there is of one.
func firstPiece(data []byte) []byte {
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		return data[:end+1]
	}
	return data
}
