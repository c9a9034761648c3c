package remote

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"
)

//go:embed shell.sh
var shellSource string

//go:embed runner.sh
var runnerSource string

// Shell is the call of the script at the far end of an interactive session.
type Shell struct {
	Nonce   string
	NoLogin bool          // the shell is no login shell
	Grace   time.Duration // between the first signal and KILL, in steps of 100 ms
	// Name, Rank and Count become CLSH_HOST, CLSH_RANK and CLSH_COUNT.
	Name        string
	Rank, Count int
	Become      Become // the user
}

// words returns the words that start the script. None holds a single quote.
func (s Shell) words() []string {
	words := []string{
		"sh", "-c", Line(shellSource), "clsh", s.Nonce, loginWord(s.NoLogin), strconv.Itoa(deciseconds(s.Grace)),
		s.Name, strconv.Itoa(s.Rank), strconv.Itoa(s.Count), encodeQuoted(Line(runnerSource)),
	}
	return s.Become.start(words, s.Nonce, true)
}

// Start returns how the script is started.
func (s Shell) Start() Start { return newStart("", s.words()) }

// encodeQuoted encodes text for printf %b so that it can stand in single quotes
// in every login shell.
func encodeQuoted(text string) string {
	return escape(text, func(at int) bool { return isSpecial(rune(text[at])) || strings.IndexByte("'\"!$`", text[at]) >= 0 })
}

// The requests of an interactive session. Kill ends the shell; Open opens another; Idle tells that the end of
// the command was read.
const (
	ShellKill = "kill\n"
	ShellOpen = "open\n"
	ShellIdle = "idle\n"
)

// ShellPID returns the request that tells which process the shell is: the
// number that came with its begin.
func ShellPID(pid int) []byte { return fmt.Appendf(nil, "shell %d\n", pid) }

// ShellRun returns the request that makes the shell run command.
func ShellRun(command string) []byte {
	coding, text := encode(command)
	return []byte("run " + coding + " " + text + "\n")
}

// PreserveStatus returns command such that the line after it finds the status of the
// line before it.
func PreserveStatus(command string) string { return command + "; clsh_before" }
