package input

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"github.com/ergochat/readline"

	"clsh/runner/remote"
)

// An editor reads lines from a terminal.
type editor struct {
	rl       *readline.Instance
	tty      *terminal
	keys     *keys
	canvas   *canvas
	out      io.Writer
	history  *history
	complete *completer
	// unfinished reports whether a line must be continued.
	unfinished func(line string) bool
	last       string // the last line in the history
	note       func(format string, args ...any)
	resize     chan os.Signal
	wg         sync.WaitGroup
}

// newEditor returns an editor on tty that reads keys. The caller must call Close.
func newEditor(cfg *Config, tty *terminal, k *keys) (*editor, error) {
	e := &editor{
		tty: tty, keys: k, canvas: &canvas{w: cfg.Screen, k: k}, out: cfg.Stdout, unfinished: cfg.Unfinished,
		resize: make(chan os.Signal, 1),
	}
	e.complete = &completer{complete: cfg.Complete, canvas: e.canvas}
	e.note = func(format string, args ...any) { fmt.Fprintf(cfg.Stderr, "Note: "+format+"\n", args...) }
	lines, history, err := openHistory(cfg.History)
	if err != nil {
		e.note("no history is kept: %s", err)
	}
	e.history = history
	e.rl, err = readline.NewFromConfig(&readline.Config{
		Prompt: prompt, HistoryLimit: maxHistory, DisableAutoSaveHistory: true, HistorySearchFold: true,
		AutoComplete: e.complete, Undo: true, EOFPrompt: "\n",
		Stdin: drawnKeys{e.canvas, k}, Stdout: e.canvas, Stderr: e.canvas,
		FuncIsTerminal: func() bool { return true },
		FuncMakeRaw:    func() error { return nil }, FuncExitRaw: func() error { return nil }, // enter and leave do that
		FuncGetSize:         func() (int, int) { rows, cols := cfg.Size(); return cols, rows },
		FuncOnWidthChanged:  e.watchSize,
		FuncFilterInputRune: e.filter,
		Listener:            e.insert,
		Painter:             hidePasteKey,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the line editor: %w", errors.Join(err, history.Close()))
	}
	for _, line := range lines {
		_ = e.rl.SaveToHistory(line) // without a file there is nothing to fail
	}
	return e, nil
}

// watchSize calls changed at each change of the terminal's size.
func (e *editor) watchSize(changed func()) {
	signal.Notify(e.resize, syscall.SIGWINCH)
	e.wg.Go(func() {
		for range e.resize {
			changed()
		}
	})
}

// filter gets each key before the editor: ^Z stops clsh, while the hosts continue; a control
// character that means nothing to the editor would count as text.
func (e *editor) filter(key rune) (rune, bool) {
	const none = "\x00\x0f\x11\x16\x18\x1c\x1d"
	switch {
	case key == keySuspend:
		_ = e.canvas.show()
		e.suspend()
		e.rl.Refresh()
		return 0, false
	case key >= 0x80 && unicode.IsControl(key), strings.ContainsRune(none, key):
		return 0, false
	}
	return key, true
}

// insert puts a paste into the line in place of its key (readline.Listener). It refuses one
// that is too long for a command. Where the end of the paste is not known, it refuses the whole
// line, because the beginning of a command must not run.
func (e *editor) insert(line []rune, pos int, key rune) ([]rune, int, bool) {
	if key != keyPaste {
		return nil, 0, false
	}
	if at := slices.Index(line, keyPaste); at >= 0 {
		line, pos = slices.Delete(line, at, at+1), at
	}
	p, ok := e.keys.takePaste()
	if !ok {
		return line, pos, true
	}
	if size := len(commandOf(line)) + p.size; size > remote.MaxCommand {
		if p.run {
			e.keys.refuse()
			line, pos = nil, 0
		}
		fmt.Fprintln(e.rl.Stdout(), TooLong(size))
		return line, pos, true
	}
	text := []rune(string(p.text))
	return slices.Insert(line, pos, text...), pos + len(text), true
}

// hidePasteKey removes the key of a paste, which is not text, from what is drawn.
func hidePasteKey(line []rune, _ int) []rune {
	if !slices.Contains(line, keyPaste) {
		return line
	}
	return slices.DeleteFunc(slices.Clone(line), func(r rune) bool { return r == keyPaste })
}

// commandOf returns the command for a line of the editor.
func commandOf(line []rune) string { return strings.ReplaceAll(string(line), lineEnd, "\n") }

// stopWait is how long a stop may take to arrive. One that does not arrive was ignored, because
// nobody could continue this process (POSIX, orphaned process group).
const stopWait = 200 * time.Millisecond

// suspend stops this process and its group as the terminal would, and returns when it
// continues. It must not draw: its caller may keep everybody from writing meanwhile. kill(2)
// returns before a process of several threads stops; terminal modes that were set meanwhile would
// affect the next program on the terminal.
func (e *editor) suspend() {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	_ = e.leave()
	_ = syscall.Kill(0, syscall.SIGTSTP)
	select {
	case <-continued:
	case <-time.After(stopWait):
	}
	_ = e.enter()
}

// enter sets up the terminal for the editor.
func (e *editor) enter() error {
	_, err := io.WriteString(e.out, pasteOn)
	return errors.Join(e.tty.raw(), err)
}

// leave undoes enter.
func (e *editor) leave() error {
	_, err := io.WriteString(e.out, pasteOff)
	return errors.Join(e.tty.restore(), err)
}

// ReadLine edits a line. The terminal is still raw when it returns.
func (e *editor) ReadLine() (string, error) {
	if err := e.enter(); err != nil {
		return "", err
	}
	e.canvas.hold()
	line, err := e.readLines()
	err = errors.Join(err, e.canvas.show())
	switch {
	case e.keys.hungUp():
		return "", io.EOF // the editor returns the unfinished line
	case errors.Is(err, readline.ErrInterrupt):
		return "", ErrGivenUp
	case err != nil:
		return "", err
	}
	if line != e.last && line != "" && !strings.HasPrefix(line, " ") {
		e.last = line
		_ = e.rl.SaveToHistory(line) // without a file there is nothing to fail
		if err := e.history.add(line); err != nil {
			e.note("the history is not kept from here on: %s", err)
		}
	}
	return commandOf([]rune(line)), nil
}

// readLines reads a line, and those that complete it, and returns them with lineEnd between
// them. ^D ends an unfinished line, as in a shell.
func (e *editor) readLines() (string, error) {
	defer e.continues("")
	line, err := e.rl.ReadLine()
	for err == nil && e.unfinished(commandOf([]rune(line))) {
		e.continues(commandOf([]rune(line)) + "\n")
		var next string
		next, err = e.rl.ReadLine()
		if errors.Is(err, io.EOF) && !e.keys.hungUp() {
			return line, nil
		}
		line += lineEnd + next
	}
	return line, err
}

// continues makes the next line continue before; without before it is a first line.
func (e *editor) continues(before string) {
	e.complete.before = before
	if before == "" {
		e.rl.SetPrompt(prompt)
		return
	}
	e.rl.SetPrompt(morePrompt)
}

// A completer answers Tab (readline.AutoCompleter).
type completer struct {
	complete func(before, line string) (endings [][]rune, continued int)
	canvas   *canvas
	before   string // the lines that the line continues, each with its newline
}

// Do returns how the text before pos can go on, and the length of what that continues.
func (c *completer) Do(text []rune, pos int) ([][]rune, int) {
	_ = c.canvas.show() // the hosts may be asked
	return c.complete(c.before, string(text[:pos]))
}

// Close gives the terminal back.
func (e *editor) Close() error {
	signal.Stop(e.resize)
	close(e.resize)
	e.wg.Wait()
	return errors.Join(e.rl.Close(), e.history.Close(), e.leave())
}
