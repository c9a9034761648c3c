package copying

import (
	"bytes"

	"clsh/runner/conn"
)

func piece(b []byte) conn.Piece { return conn.Piece{From: bytes.NewReader(b), Size: int64(len(b))} }

// line returns a Piece that is a line to the stage.
func line[T string | []byte](text T) conn.Piece {
	p := piece([]byte(text))
	p.Bare = true
	return p
}

// bare makes pieces lines to a stage.
func bare(pieces []conn.Piece) []conn.Piece {
	for i := range pieces {
		pieces[i].Bare = true
	}
	return pieces
}
