package input

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// Config describes where lines come from.
type Config struct {
	// Stdin is read by Input alone, between Open and Close. It stays the caller's.
	Stdin *os.File
	// Terminal is set if Stdin and Stdout are a terminal: lines are edited there.
	Terminal bool
	// Stdout and Stderr are the process's. Screen writes to the terminal too, and keeps
	// out of the way of whoever else does: the editor draws there, and the prompt for a
	// pipe is written there.
	Stdout, Stderr, Screen io.Writer
	// Size returns the terminal's size.
	Size func() (rows, cols int)
	// History is the path of the history file; empty: none.
	History string
	// Unfinished reports whether line must be continued by another.
	Unfinished func(line string) bool
	// Complete returns how the end of line can go on, and how many runes of it each
	// ending continues. before has the lines that line continues, each with its newline.
	Complete func(before, line string) (endings [][]rune, continued int)
	// Pressed is called for each key that acts while a command runs, by the goroutine
	// that reads, or by StartCommand.
	Pressed func(Key)
}

// A Key is one that acts while a command runs.
type Key byte

// The keys that act.
const (
	Interrupt Key = keyInterrupt // ^C
	Suspend   Key = keySuspend   // ^Z
	Quit      Key = keyQuit      // ^\
	Return    Key = keyReturn    // on an empty line
)

// An Input reads command lines.
type Input struct {
	keys   *keys
	reader lineReader
	editor *editor // the reader, if it is one; nil: no terminal
}

// Open begins to read. The caller must call Close.
func Open(cfg Config) (*Input, error) {
	k, err := newKeys(cfg.Stdin, cfg.Terminal, func(key byte) { cfg.Pressed(Key(key)) })
	if err != nil {
		return nil, err
	}
	if !cfg.Terminal {
		return &Input{keys: k, reader: &plainReader{in: bufio.NewReader(k), out: cfg.Screen}}, nil
	}
	tty, err := openTerminal(cfg.Stdin)
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	e, err := newEditor(&cfg, tty, k)
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return &Input{keys: k, reader: e, editor: e}, nil
}

// ReadLine shows the prompt and returns the next line, without its newline; the lines of
// one that was continued or pasted have newlines between them. It returns io.EOF at the
// end of the input, ErrGivenUp where the user gave the line up, and TooLong for a line
// that is too long for a command; after the latter two, another line can be read. The terminal
// is still raw when ReadLine returns.
func (in *Input) ReadLine() (string, error) { return in.reader.ReadLine() }

// Output returns the writer that prints above the prompt while ReadLine waits; nil
// without a terminal.
func (in *Input) Output() io.Writer {
	if in.editor == nil {
		return nil
	}
	return in.editor.rl.Stdout()
}

// StartLine makes what is typed be for ReadLine again.
func (in *Input) StartLine() { in.keys.setMode(typing) }

// StartCommand makes the keys act that act while a command runs, also those that were
// typed since the end of the line.
func (in *Input) StartCommand() { in.keys.setMode(running) }

// Release leaves the terminal, in the modes in which Open found it, to another program,
// until the next StartLine and ReadLine.
func (in *Input) Release() error {
	in.keys.setMode(away)
	if in.editor == nil {
		return nil
	}
	return in.editor.leave()
}

// Suspend stops this process as ^Z does, and returns when it continues. Without a
// terminal it does nothing.
func (in *Input) Suspend() {
	if in.editor != nil {
		in.editor.suspend()
	}
}

// Stop ends the input: ReadLine returns io.EOF, and what was typed ahead is dropped.
func (in *Input) Stop() { in.keys.stop() }

// Restore sets the terminal to the modes in which Open found it, where Close cannot be
// called because its output is blocked.
func (in *Input) Restore() error {
	if in.editor == nil {
		return nil
	}
	return in.editor.tty.restore()
}

// Close ends the input, and gives the terminal back. ReadLine must have returned.
func (in *Input) Close() error { return errors.Join(in.reader.Close(), in.keys.Close()) }
