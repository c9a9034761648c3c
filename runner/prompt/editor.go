package prompt

import (
	"bytes"
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
	out      io.Writer
	history  *history
	complete *completer
	last     string // in the history
	note     func(format string, args ...any)
	resize   chan os.Signal
	wg       sync.WaitGroup
}

// newEditor returns an editor on tty, which draws on screen. The caller must call Close.
func newEditor(cfg *Config, tty *terminal, k *keys, screen io.Writer, complete *completer) (*editor, error) {
	e := &editor{tty: tty, keys: k, out: cfg.Stdout, complete: complete, resize: make(chan os.Signal, 1)}
	e.note = func(format string, args ...any) { fmt.Fprintf(cfg.Stderr, "Note: "+format+"\n", args...) }
	lines, history, err := openHistory(cfg.History)
	if err != nil {
		e.note("no history is kept: %s", err)
	}
	e.history = history
	e.rl, err = readline.NewFromConfig(&readline.Config{
		Prompt: prompt, HistoryLimit: maxHistory, DisableAutoSaveHistory: true, HistorySearchFold: true,
		AutoComplete: complete, Undo: true, EOFPrompt: "\n",
		Stdin: k, Stdout: answering{screen, k}, Stderr: answering{cfg.Stderr, k},
		FuncIsTerminal: func() bool { return true },
		FuncMakeRaw:    tty.raw, FuncExitRaw: func() error { return nil },
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

// filter sees each key before the editor: ^Z stops clsh, the hosts go on; a
// control character that means nothing to the editor would be taken for text.
func (e *editor) filter(key rune) (rune, bool) {
	const none = "\x00\x0f\x11\x16\x18\x1c\x1d"
	switch {
	case key == keySuspend:
		e.suspend()
		e.rl.Refresh()
		return 0, false
	case key >= 0x80 && unicode.IsControl(key), strings.ContainsRune(none, key):
		return 0, false
	}
	return key, true
}

// insert puts a paste into the line where its key has been put (readline.Listener).
// One that a command cannot hold is refused; where its end is not known, so is the
// line, for the beginning of a command must not run.
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
		fmt.Fprintln(e.rl.Stdout(), tooLong(size))
		return line, pos, true
	}
	text := []rune(string(p.text))
	return slices.Insert(line, pos, text...), pos + len(text), true
}

// hidePasteKey leaves the key of a paste, which is not text, out of what is drawn.
func hidePasteKey(line []rune, _ int) []rune {
	if !slices.Contains(line, keyPaste) {
		return line
	}
	return slices.DeleteFunc(slices.Clone(line), func(r rune) bool { return r == keyPaste })
}

// commandOf returns the command that a line means.
func commandOf(line []rune) string { return strings.ReplaceAll(string(line), lineEnd, "\n") }

// stopWait is how long a stop may take to come. One that does not come was
// ignored: there is nobody who could let us go on (POSIX, orphaned process group).
const stopWait = 200 * time.Millisecond

// suspend stops this process and its group as the terminal would, and returns
// when it goes on. kill(2) returns before a process of several threads stops:
// modes that were set then would be those of whoever has the terminal next.
func (e *editor) suspend() {
	goesOn := make(chan os.Signal, 1)
	signal.Notify(goesOn, syscall.SIGCONT)
	defer signal.Stop(goesOn)
	_ = e.leave()
	_ = syscall.Kill(0, syscall.SIGTSTP)
	select {
	case <-goesOn:
	case <-time.After(stopWait):
	}
	_ = e.enter()
}

// enter makes the terminal the editor's, leave gives it back.
func (e *editor) enter() error {
	_, err := io.WriteString(e.out, pasteOn)
	return errors.Join(e.tty.raw(), err)
}

func (e *editor) leave() error {
	_, err := io.WriteString(e.out, pasteOff)
	return errors.Join(e.tty.restore(), err)
}

// ReadLine edits a line. The terminal is still raw when it returns.
func (e *editor) ReadLine() (string, error) {
	if err := e.enter(); err != nil {
		return "", err
	}
	line, err := e.readLines()
	switch {
	case e.keys.hungUp():
		return "", io.EOF // the editor hands out what stood in the line
	case errors.Is(err, readline.ErrInterrupt):
		return "", errAgain
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

// readLines reads a line, and those that complete it; the result has lineEnd between
// them. ^D gives out what there is, as it does in a shell.
func (e *editor) readLines() (string, error) {
	defer e.continues("")
	line, err := e.rl.ReadLine()
	for err == nil && unfinished(commandOf([]rune(line))) {
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

// continues makes the next line one that continues before, or a first one.
func (e *editor) continues(before string) {
	e.complete.before = before
	if before == "" {
		e.rl.SetPrompt(prompt)
		return
	}
	e.rl.SetPrompt(morePrompt)
}

// Close gives the terminal back.
func (e *editor) Close() error {
	signal.Stop(e.resize)
	close(e.resize)
	e.wg.Wait()
	return errors.Join(e.rl.Close(), e.history.Close(), e.leave())
}

// answering answers the question where the cursor is (ECMA-48, DSR 6) instead
// of asking it.
type answering struct {
	w io.Writer
	k *keys
}

func (a answering) Write(b []byte) (int, error) {
	const question, answer = "\x1b[6n", "\x1b[1;1R"
	if rest := bytes.ReplaceAll(b, []byte(question), nil); len(rest) < len(b) {
		a.k.push(strings.Repeat(answer, (len(b)-len(rest))/len(question)))
		if _, err := a.w.Write(rest); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	return a.w.Write(b)
}
