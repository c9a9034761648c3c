package copying

import (
	"slices"
	"strconv"
	"strings"

	"clsh/runner/conn"
	"clsh/runner/event"
)

// answerMark begins a line of copy.sh.
const answerMark = "\x1ecopy "

// A dialogue is what clsh and one host say to each other: doc.go has its lines.
type dialogue struct {
	plan   *Plan
	meter  *hostMeter
	feed   *conn.Feed
	needed map[int]bool // the files, by ID, that the host asks for
	sent   bool
	result event.Copied // once the host has said it
}

// open returns the dialogue with a host, and sends the script and the plan. Relative paths begin in
// dir; empty: in the login's home directory.
func (p *Plan) open(meter *hostMeter, dir string) *dialogue {
	request := bare(inDirectory(dir, p.request))
	d := &dialogue{plan: p, meter: meter, feed: conn.NewFeed(request...), needed: map[int]bool{}}
	for _, part := range request {
		meter.ask(part.Size)
	}
	d.feed.Sent, d.feed.MaxFrame = meter.sent, meter.all.frame()
	return d
}

// hear acts on a line of copy.sh, without its mark. It reports whether the line is one.
func (d *dialogue) hear(said string) bool {
	verb, rest, _ := strings.Cut(said, " ")
	switch {
	case d.result != "":
		return false
	case verb == "need" && !d.sent:
		return d.need(strings.Fields(rest))
	case said == "send" && !d.sent:
		d.sent = true
		pieces := d.plan.archive(d.needed)
		for _, p := range pieces {
			d.meter.ask(p.Size)
		}
		d.feed.Send(pieces...)
		return true
	case said == string(event.Changed), said == string(event.Unchanged), said == string(event.Differs):
		d.result = event.Copied(said)
		if len(d.plan.next) > 0 && d.result != event.Differs {
			d.feed.Send(line(d.plan.next))
		}
		d.feed.End()
		return true
	}
	return false
}

// need takes the ID of a chunk and those of its files that the host asks for.
func (d *dialogue) need(words []string) bool {
	var ids []int
	for _, word := range words {
		id, err := strconv.Atoi(word)
		if err != nil {
			return false
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return false
	}
	first, chunk := ids[0], d.plan.chunks[ids[0]]
	for _, id := range ids[1:] {
		if id < first || id >= first+len(chunk) {
			return false
		}
		d.needed[id] = true
	}
	return true
}

// tarRecord is how much tar reads at a time (POSIX, pax: 20 blocks).
const tarRecord = 10240

// archive returns what a host gets that asks for these files.
func (p *Plan) archive(needed map[int]bool) []conn.Piece {
	var members, placed []conn.Piece
	size := int64(0)
	for id, e := range p.files {
		if !needed[id] {
			continue
		}
		if e.placed {
			placed = append(placed, placedPieces(e.extents, e.info.Size(), p.file)...)
			continue
		}
		n := e.end - e.offset
		size += n
		if last := len(members) - 1; last >= 0 && members[last].Offset+members[last].Size == e.offset {
			members[last].Size += n
		} else {
			members = append(members, conn.Piece{From: p.file, Offset: e.offset, Size: n})
		}
	}
	head := []conn.Piece{line("placed\n")}
	if size > 0 {
		end := make([]byte, 1024+tarRecord-1-(size+1023)%tarRecord) // ends an archive
		head = slices.Concat([]conn.Piece{line("archive\n")}, members, []conn.Piece{piece(end), line("end\n")})
	}
	return slices.Concat(head, placed, []conn.Piece{line("commit\n")})
}
