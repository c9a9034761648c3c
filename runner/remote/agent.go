package remote

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed agent.sh
var agentSource string

//go:embed entry.sh
var entrySource string

//go:embed stop.sh
var stopSource string

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

// Agent is the call of the script at the far end.
type Agent struct {
	Nonce   string        // marks its lines; hexadecimal
	NoLogin bool          // the command's shell is no login shell
	Input   Input         // the command's standard input
	Grace   time.Duration // between TERM and KILL, in steps of 100 ms
}

// Command returns the text to give to ssh as its command.
func (a Agent) Command() string {
	login := "login"
	if a.NoLogin {
		login = "plain"
	}
	return fmt.Sprintf("%s\nexec sh -c '%s' clsh %s %s %s %d '%s'", minify(entrySource), minify(agentSource), a.Nonce, login, a.Input, deciseconds(a.Grace), minify(stopSource))
}

// deciseconds returns d in tenths of a second, rounded up.
func deciseconds(d time.Duration) int {
	return int((d + 99*time.Millisecond) / (100 * time.Millisecond))
}

// minify puts stop.sh where it is asked for, strips comments and joins the
// lines with blanks.
func minify(script string) string {
	script = strings.Replace(script, "#include stop.sh\n", stopSource, 1)
	var b strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

// StopRequest returns the line that makes the agent stop its command, and the
// shell of an interactive session its line. The processes get sig first, if it is
// SIGINT, SIGQUIT or SIGHUP, then SIGTERM, then SIGKILL.
func StopRequest(sig syscall.Signal) []byte {
	name := "TERM"
	switch sig {
	case syscall.SIGINT:
		name = "INT"
	case syscall.SIGQUIT:
		name = "QUIT"
	case syscall.SIGHUP:
		name = "HUP"
	}
	return []byte("stop " + name + "\n")
}

// DataEnd ends the data of a command (--stdin), which follows its request in frames:
// DataHeader and its bytes, any number of times, then DataEnd. A StopRequest may come
// between two of them, or after the last. If the input ends without DataEnd, the agent
// stops the command, which sees no end of file before.
const DataEnd = "end\n"

// dataBlock is how much of a frame the agent passes on at a time.
const dataBlock = 64 << 10

// DataHeader returns the line in front of a frame, and how much of the available
// bytes, which are not 0, the frame holds.
func DataHeader(available int64) (line []byte, size int64) {
	if available < dataBlock {
		return fmt.Appendf(nil, "data %d 1\n", available), available
	}
	blocks := min(available, maxFrame) / dataBlock
	return fmt.Appendf(nil, "data %d %d\n", dataBlock, blocks), blocks * dataBlock
}

// maxFrame is the size of the largest frame of data. The agent starts a process
// for each, and a stop waits for its end.
const maxFrame = 4 << 20

// Request returns the line that makes the agent run command. name, rank and
// count become CLSH_HOST, CLSH_RANK and CLSH_COUNT; name holds no white space
// and no control character.
func Request(name string, rank, count int, command string) []byte {
	coding, text := encode(command)
	return []byte(coding + " " + name + " " + strconv.Itoa(rank) + " " + strconv.Itoa(count) + " " + text + "\n")
}

// encode returns command as `read -r` and printf %b (POSIX, printf: \0ddd)
// bring it through: "p" as it is, "b" encoded. Bytes above 127 are encoded
// too: read may stumble over what is not in the locale's encoding.
func encode(command string) (coding, text string) {
	if strings.Trim(command, " ") == command && !strings.ContainsFunc(command, isSpecial) {
		return "p", command
	}
	var b strings.Builder
	b.Grow(len(command) * 5 / 4)
	for i := range len(command) {
		c := command[i]
		atEnd := c == ' ' && (i == 0 || i == len(command)-1)
		if atEnd || isSpecial(rune(c)) {
			fmt.Fprintf(&b, "\\0%03o", c)
		} else {
			b.WriteByte(c)
		}
	}
	return "b", b.String()
}

func isSpecial(r rune) bool { return r < ' ' || r == '\\' || r >= 0x7f }
