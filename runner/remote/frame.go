package remote

import (
	"bytes"
	"strconv"
	"strings"
)

// maxHeld bounds what is kept of the noise before a command's begin, and of a
// line that may be ssh's own.
const maxHeld = 64 << 10

// maxMark is the length of the longest line that can be the agent's.
const maxMark = 512

type frameState uint8

const (
	greeting frameState = iota // before ready
	noise                      // after ready, before begin
	output
	ended
)

// MarkKind says what a line of the agent means.
type MarkKind uint8

// The agent's lines.
const (
	Ready MarkKind = iota + 1
	Begin          // the command's own shell has taken it
	End
	Gone    // the shell of an interactive session has ended, with Status
	Cleared // a stop in an interactive session has ended what it could
	Took    // a frame of data has gone to the command (PieceHeader)
	Again   // the stage has ended, and the command is read
	// Password is no line of the agent's: the program that starts it asks for a password.
	Password
)

// Mark is one line of the agent.
type Mark struct {
	Kind   MarkKind
	Status int // of End and Gone: an exit status; of Begin: the shell's process number, or 0
	// Left, of End and Cleared: a stop has left a process running, or could not
	// look at all of them. Running names those that are known, as Survivors reads.
	Left    bool
	Running string
}

// A Framer tells a stream's noise, output and the agent's lines apart.
// It copies nothing: what it passes on are parts of what it was fed.
type Framer struct {
	// Output takes the command's output, and Noise what came before it.
	Output, Noise func([]byte)
	// Mark takes the agent's lines in their order, each kind but Took and Password at most once,
	// Begin once more after Again.
	Mark func(Mark)

	prefix []byte // RS NONCE blank
	state  frameState
	held   []byte // since ready, until begin
	kept   bool   // more commands follow
}

// NewFramer returns a Framer for the stream of a session with nonce.
func NewFramer(nonce string) *Framer {
	return &Framer{prefix: []byte("\x1e" + nonce + " ")}
}

// NewShellFramer returns a Framer for the stream of an interactive session,
// where output goes on after a command's end: that of background jobs.
func NewShellFramer(nonce string) *Framer {
	f := NewFramer(nonce)
	f.kept = true
	return f
}

// NewRawFramer returns a Framer for a stream without an agent: all is output.
func NewRawFramer() *Framer { return &Framer{state: output} }

// Feed takes the next bytes of the stream and returns how many it has used.
// The rest is an unfinished line or what may become a mark: it is to be fed
// again with what follows. With flush (the buffer is full, or the stream is
// over) only the beginning of a possible mark is left, and at the very end of
// the stream the caller passes last to have that, too; what was held back is noise
// then.
func (f *Framer) Feed(p []byte, flush, last bool) int {
	if last {
		defer f.release()
	}
	used := 0
	for f.state != ended {
		rest := p[used:]
		at := -1
		if f.prefix != nil {
			at = bytes.Index(rest, f.prefix)
		}
		if at < 0 {
			return used + f.pass(rest, flush, last)
		}
		f.emit(rest[:at])
		used, rest = used+at, rest[at:]
		eol := bytes.IndexByte(rest[:min(len(rest), maxMark+1)], '\n')
		switch text := rest[len(f.prefix):]; {
		case f.state == greeting && bytes.HasPrefix(text, []byte(passwordWord)): // no end of a line follows
			used += len(f.prefix) + len(passwordWord)
			f.Mark(Mark{Kind: Password})
			continue
		case eol < 0 && len(rest) > maxMark:
			// Not the agent's: somebody has read the nonce.
			f.emit(rest[:len(f.prefix)])
			used += len(f.prefix)
			continue
		case eol < 0 && !last:
			return used // its line is not whole yet
		case eol < 0:
			return len(p) // a status may have lost its last digits
		}
		f.mark(string(rest[len(f.prefix) : eol+1]))
		used += eol + 1
	}
	return len(p)
}

// pass hands on what of rest holds no mark, and returns its length.
func (f *Framer) pass(rest []byte, flush, last bool) int {
	n := bytes.LastIndexByte(rest, '\n') + 1
	switch {
	case last:
		n = len(rest)
	case flush || f.state != output:
		n = max(n, f.beforeMark(rest))
	}
	f.emit(rest[:n])
	return n
}

// beforeMark returns the length of rest without an end that may be the
// beginning of a mark.
func (f *Framer) beforeMark(rest []byte) int {
	if f.prefix == nil {
		return len(rest)
	}
	for n := min(len(f.prefix)-1, len(rest)); n > 0; n-- {
		if bytes.HasSuffix(rest, f.prefix[:n]) {
			return len(rest) - n
		}
	}
	return len(rest)
}

func (f *Framer) emit(p []byte) {
	switch {
	case len(p) == 0:
	case f.state == output:
		f.Output(p)
	case f.state == noise && len(f.held)+len(p) <= maxHeld:
		f.held = append(f.held, p...)
	default:
		f.Noise(p)
	}
}

func (f *Framer) mark(text string) {
	word, arg, _ := strings.Cut(strings.TrimRight(text, "\r\n"), " ")
	number, _, _ := strings.Cut(arg, " ")
	status, err := strconv.Atoi(number)
	valid := err == nil && status >= 0 && status <= 255 // else not the agent's: a command that guessed the nonce
	switch {
	case word == "ready" && f.state == greeting:
		f.state = noise
		f.Mark(Mark{Kind: Ready})
	case word == "begin" && f.state == noise:
		f.release()
		f.state = output
		f.Mark(Mark{Kind: Begin, Status: max(status, 0)})
	case word == "unparsed" && f.state == noise:
		f.state = output
		f.emit(f.held) // the shell's complaint about the command
		f.held = nil
		f.Mark(Mark{Kind: Begin})
	case word == "took" && f.state == output:
		f.Mark(Mark{Kind: Took})
	case word == "again" && f.state == output && !f.kept:
		f.state = noise
		f.Mark(Mark{Kind: Again})
	case word == "end" && f.kept:
		if f.state == output && err == nil {
			f.Mark(Mark{Kind: End, Status: exitStatus(status)})
		}
	case word == "end" && f.state != greeting && valid:
		f.release()
		f.state = ended
		m := Mark{Kind: End, Status: status}
		m.leave(strings.TrimPrefix(arg, number+" "))
		f.Mark(m)
	case word == "gone" && f.kept && f.state != greeting && valid:
		f.state = noise // of the rc files of the next shell
		f.Mark(Mark{Kind: Gone, Status: status})
	case word == "stopped" && f.kept && f.state != greeting:
		m := Mark{Kind: Cleared}
		m.leave(arg)
		f.Mark(m)
	}
}

// exitStatus returns the exit status for what a shell has in $?: ksh93 has 256 and more for a
// signal, and a function may return any number.
func exitStatus(status int) int {
	if status > 256 {
		status -= 128
	}
	return status & 255
}

// leave reads what a stop has left: nothing, or "left", a blank, and the
// processes.
func (m *Mark) leave(text string) {
	word, running, _ := strings.Cut(text, " ")
	if word == "left" {
		m.Left, m.Running = true, running
	}
}

// Survivors reads Mark.Running, "812 nginx,813 sh", as people do: "nginx (812)".
// A name is a process's own choice: what does not print is a question mark. The
// number 0 means what an ssh may have started on another host.
func Survivors(running string) []string {
	var list []string
	for item := range strings.SplitSeq(running, ",") {
		pid, name, ok := strings.Cut(strings.TrimSpace(item), " ")
		if n, err := strconv.ParseUint(pid, 10, 31); !ok || err != nil {
			continue
		} else if n == 0 {
			list = append(list, "processes on another host ("+printable(name)+")")
			continue
		}
		list = append(list, printable(name)+" ("+pid+")")
	}
	return list
}

// printable returns name with a question mark for what is no printable ASCII.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, name)
}

// release passes on what waits for the command to begin.
func (f *Framer) release() {
	if len(f.held) > 0 {
		f.Noise(f.held)
	}
	f.held = nil
}

// Begun tells whether the stream's begin or end mark was read, or none is awaited.
func (f *Framer) Begun() bool { return f.state >= output }
