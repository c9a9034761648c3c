package remote

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

//go:embed agent.sh
var agentSource string

//go:embed entry.sh
var entrySource string

//go:embed survey.sh
var surveySource string

//go:embed relay.sh
var relaySource string

//go:embed stage.sh
var stageSource string

// MaxCommand is the longest command, in bytes, that can be run. Linux passes
// at most 128 KiB in one argument (execve(2), MAX_ARG_STRLEN), and the shell's
// argument holds the opening marker, too.
const MaxCommand = 128<<10 - 1024

// Input says what a remote command finds on its standard input.
type Input string

// The kinds of standard input.
const (
	Null Input = "null" // empty
	Data Input = "data" // what clsh passes on (--stdin)
	TTY  Input = "tty"  // a terminal (--tty)
)

// A Stage says whether a stage runs before the command. A stage is a script of ours that reads the
// input itself, with the functions of stage.sh; it is the first request.
type Stage string

// The kinds of Stage.
const (
	NoStage   Stage = ""
	OnlyStage Stage = "stage"  // no command follows
	ThenStage Stage = "stage-" // the command (NextRequest) runs if the stage exits with 0
)

// Agent is the call of the script at the far end.
type Agent struct {
	Nonce   string        // marks its lines; hexadecimal
	NoLogin bool          // the command's shell is no login shell
	Stage   Stage         // what runs before the command
	Input   Input         // the command's standard input
	Grace   time.Duration // between TERM and KILL, in steps of 100 ms
	Paced   bool          // the client does not report its end: PieceHeader, and signs of life
	Become  Become        // the user
}

// words returns the words that start the agent. None holds a single quote.
func (a Agent) words() []string {
	pace := "free"
	if a.Paced {
		pace = "paced"
	}
	words := []string{
		"sh", "-c", Line(agentSource), "clsh", a.Nonce, loginWord(a.NoLogin), a.input(), strconv.Itoa(deciseconds(a.Grace)),
		Line(surveySource + stopSource), a.feeding(), pace,
	}
	return a.Become.start(words, a.Nonce, a.Input != TTY)
}

// feeding returns what the agent needs of its text where more than the request comes on its input.
func (a Agent) feeding() string {
	switch {
	case a.Stage != NoStage:
		return Line(relaySource + stageSource)
	case a.Input == Data:
		return Line(relaySource)
	}
	return ""
}

func (a Agent) input() string {
	if a.Stage == OnlyStage {
		return string(a.Stage)
	}
	return string(a.Stage) + string(a.Input)
}

// Start returns how the script is started.
func (a Agent) Start() Start {
	if len(a.Become.Program) > 0 {
		return newStart("", a.words())
	}
	return newStart(Line(entrySource)+"\n", a.words())
}

// deciseconds returns d in tenths of a second, rounded up.
func deciseconds(d time.Duration) int {
	return int((d + 99*time.Millisecond) / (100 * time.Millisecond))
}

// StopRequest returns the line that makes the agent stop its command, and the
// shell of an interactive session its line. The processes get sig first, if it is
// SIGINT, SIGQUIT or SIGHUP, then SIGTERM, then SIGKILL.
func StopRequest(sig syscall.Signal) []byte {
	switch sig {
	case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP:
	default:
		sig = syscall.SIGTERM
	}
	return []byte("stop " + strings.TrimPrefix(unix.SignalName(sig), "SIG") + "\n")
}

// DataEnd ends the data of a command (--stdin), which follows its request in frames:
// DataHeader and its bytes, any number of times, then DataEnd. A StopRequest may come
// between two of them, or after the last. If the input ends without DataEnd, the agent
// stops the command, which sees no end of file before.
const DataEnd = "end\n"

// dataBlock is how much of a large frame the agent passes on at a time.
const dataBlock = 64 << 10

// maxBlock is the size of the largest frame that is one block, unless smaller blocks make it up. It is
// in the memory of the far end.
const maxBlock = 2 << 20

// DataHeader returns the line in front of a frame, and how much of the available
// bytes, which are not 0, the frame holds. The agent starts a process for each frame, and a stop
// waits for its end.
func DataHeader(available int64) (line []byte, size int64) {
	blocks := available / dataBlock
	if available <= maxBlock && available != blocks*dataBlock {
		return fmt.Appendf(nil, "data %d 1\n", available), available
	}
	return fmt.Appendf(nil, "data %d %d\n", dataBlock, blocks), blocks * dataBlock
}

// PieceHeader is DataHeader for an agent that is Paced, which answers each frame with Took when it
// has gone to the command: the next may follow then. So the agent reads a request to stop, or the
// end of its input, however much the command leaves unread.
func PieceHeader(available int64) (line []byte, size int64) {
	size = min(available, maxPiece)
	return fmt.Appendf(nil, "data %d 1\n", size), size
}

// maxPiece is the size of the largest frame for an agent that is Paced. It is in the memory of the
// far end twice.
const maxPiece = 256 << 10

// Ping is a line that the agent answers with a mark of its own, and the listener of an
// interactive session, too: whatever comes is a sign of life. While an agent passes data on, it
// reads no such line; if Paced it prints that mark each second then.
const Ping = "ping\n"

// Request returns the line that makes the agent run command. name, rank and
// count become CLSH_HOST, CLSH_RANK and CLSH_COUNT; name holds no white space
// and no control character.
func Request(name string, rank, count int, command string) []byte {
	coding, text := encode(command)
	return []byte(coding + " " + name + " " + strconv.Itoa(rank) + " " + strconv.Itoa(count) + " " + text + "\n")
}

// NextRequest returns the line that makes the agent run command after a stage.
func NextRequest(command string) []byte {
	coding, text := encode(command)
	return []byte(coding + " " + text + "\n")
}

// encode returns command as `read -r` and printf %b (POSIX, printf: \0ddd)
// bring it through: "p" as it is, "b" encoded. Bytes above 127 are encoded
// too: read may stumble over what is not in the locale's encoding.
func encode(command string) (coding, text string) {
	if strings.Trim(command, " ") == command && !strings.ContainsFunc(command, isSpecial) {
		return "p", command
	}
	return "b", escape(command, func(at int) bool {
		atEnd := command[at] == ' ' && (at == 0 || at == len(command)-1)
		return atEnd || isSpecial(rune(command[at]))
	})
}

// escape encodes the bytes of text for printf %b of which special says so.
func escape(text string, special func(at int) bool) string {
	var b strings.Builder
	b.Grow(len(text) * 5 / 4)
	for at := range len(text) {
		if special(at) {
			fmt.Fprintf(&b, "\\0%03o", text[at])
		} else {
			b.WriteByte(text[at])
		}
	}
	return b.String()
}

func isSpecial(r rune) bool { return r < ' ' || r == '\\' || r >= 0x7f }
