package copying

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"clsh/runner/conn"
	"clsh/runner/files"
	"clsh/runner/remote"
	"clsh/runner/spool"
)

//go:embed take.sh
var takeSource string

//go:embed place.sh
var placeSource string

//go:embed copy.sh
var copySource string

//go:embed collect.sh
var collectSource string

//go:embed script.sh
var scriptSource string

// Command is what every host runs: a shell that evaluates the beginning of its input, whose size is
// the first line, whole or not at all. A dd that does not know iflag=fullblock has read nothing.
const Command = `exec sh -c '` + StageCommand + `' clsh`

// StageCommand is Command as a stage.
const StageCommand = `IFS=" " read -r clsh || exit 1; clsh_whole=y; ` +
	`clsh_text=$(dd bs=$clsh count=1 iflag=fullblock 2>/dev/null) || { clsh_whole=; clsh_text=$(dd ibs=1 count=$clsh obs=65536 2>/dev/null); }; ` +
	`case $clsh_text in clsh_text=*clsh_over=y) ;; *) echo "clsh: dd: what was sent has not come, or dd was not found: nothing was changed" >&2; exit 1;; esac; ` +
	`eval "$clsh_text"`

// copyBlock is the size of the blocks in which hosts read data.
const copyBlock = 64 << 10

// request returns what a host gets first: its script and the plan, which is shell text in a variable.
func request(script, plan string) []byte {
	text := "clsh_text= plan=" + remote.Quote([]string{plan}) + ";\n" + remote.Line(takeSource+script) + "\nexit\nclsh_over=y"
	return fmt.Appendf(nil, "%d\n%s", len(text), text)
}

// inDirectory returns the pieces of a request whose relative paths begin in dir; empty: in the login's
// home directory.
func inDirectory(dir string, request []byte) []conn.Piece {
	if dir == "" {
		return []conn.Piece{piece(request)}
	}
	const begin = "clsh_text="
	number, text, _ := bytes.Cut(request, []byte("\n"))
	size, _ := strconv.Atoi(string(number)) // request has written it
	move := "; cd " + remote.Quote([]string{dir}) + " || exit 1;"
	return []conn.Piece{piece(fmt.Appendf(nil, "%d\n%s%s", size+len(move), begin, move)), piece(text[len(begin):])}
}

// A Script is a file that is run on the hosts. The caller must call Close.
type Script struct {
	file *os.File
	head []byte
	size int64
}

// NewScript reads the file at path, which is run with these arguments. It is kept in a file without a
// name in tempDir.
func NewScript(path string, args []string, tempDir string) (*Script, error) {
	source, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--script %q: %w", path, files.Bare(err))
	}
	defer source.Close()
	info, err := source.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("--script %q: %w", path, files.Bare(err))
	case info.IsDir():
		return nil, fmt.Errorf("--script %q: is a directory", path)
	}
	kept, err := spool.File(tempDir)
	if err != nil {
		return nil, fmt.Errorf("make a temporary file in %s for the script: %w"+spool.TempHint, tempDir, files.Bare(err))
	}
	s, sums := &Script{file: kept}, newSummer()
	s.size, err = io.Copy(io.MultiWriter(kept, sums), source)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--script %q: %w", path, files.Bare(err)), kept.Close())
	}
	sha, crc := sums.sums()
	var plan strings.Builder
	fmt.Fprintf(&plan, "sum=%s crc=%d blocks=%d rest=%d name=%s\nset --", sha, crc, s.size/copyBlock, s.size%copyBlock, remote.Quote([]string{filepath.Base(path)}))
	for _, arg := range args {
		plan.WriteString(" " + remote.Quote([]string{arg}))
	}
	s.head = request(scriptSource, plan.String())
	return s, nil
}

// Close gives the file back.
func (s *Script) Close() error { return s.file.Close() }

// Feed returns what the host of a rank gets, which meter counts. then, if not nil, follows as the input of the
// script.
func (s *Script) Feed(rank int, meter *Meter, then *conn.Input) *conn.Feed {
	f := conn.NewFeed(piece(s.head), conn.Piece{From: s.file, Size: s.size}, piece([]byte("commit\n")))
	host := meter.to(rank)
	f.Then, f.Sent, f.MaxFrame = then, host.sent, meter.frame()
	host.ask(int64(len(s.head)) + s.size)
	f.End()
	return f
}
