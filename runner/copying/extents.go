package copying

import (
	"fmt"
	"io"
	"os"

	"clsh/runner/conn"
)

// An extent is a part of a file that is no hole, of a file that is placed: it is not in the tar
// archive, but written by dd on the host (copy.sh, place).
type extent struct {
	offset, size int64 // in the file; offset is a multiple of copyBlock
	at           int64 // in the packed file
}

// largeFile is the size of the smallest file that is placed though it is not alone.
const largeFile = 1 << 20

// minHole is the size of the smallest hole that is not filled: each costs a process on the host.
const minHole = 1 << 20

// extents returns those of a file of this size. Where its holes are not known, it has none.
func extents(f *os.File, size int64) (list []extent) {
	for at := int64(0); at < size; {
		begin, end, more := nextData(f, at, size)
		if !more {
			break
		}
		begin -= begin % copyBlock
		if over := end % copyBlock; over > 0 {
			end = min(end+copyBlock-over, size)
		}
		at = end
		if last := len(list) - 1; last >= 0 && begin-(list[last].offset+list[last].size) < minHole {
			list[last].size = end - list[last].offset
			continue
		}
		if begin < minHole {
			begin = 0
		}
		list = append(list, extent{offset: begin, size: end - begin})
	}
	if last := len(list) - 1; last >= 0 && size-(list[last].offset+list[last].size) < minHole {
		list[last].size = size - list[last].offset
	}
	return list
}

// placedPieces returns what a host gets of a file of this size that is placed, whose extents are in
// from: place.sh has the lines.
func placedPieces(extents []extent, size int64, from io.ReaderAt) (list []conn.Piece) {
	end := int64(0)
	for _, x := range extents {
		end = x.offset + x.size
		list = append(list, line(fmt.Sprintf("at %d\n", x.offset/copyBlock)), conn.Piece{From: from, Offset: x.at, Size: x.size})
	}
	if end < size {
		list = append(list, line(fmt.Sprintf("size %d\n", size)))
	}
	return append(list, line("done\n"))
}
