package shell

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"github.com/ergochat/readline"
)

// An editor reads lines from a terminal.
type editor struct {
	rl     *readline.Instance
	tty    *terminal
	keys   *keys
	out    io.Writer
	last   string // in the history
	resize chan os.Signal
	wg     sync.WaitGroup
}

// newEditor returns an editor on tty. The caller must call Close.
func newEditor(cfg *Config, tty *terminal, k *keys, complete readline.AutoCompleter) (*editor, error) {
	e := &editor{tty: tty, keys: k, out: cfg.Stdout, resize: make(chan os.Signal, 1)}
	history := cfg.History
	if err := makeHistory(history); err != nil {
		fmt.Fprintf(cfg.Stderr, "Note: no history is kept: %s\n", err)
		history = ""
	}
	var err error
	e.rl, err = readline.NewFromConfig(&readline.Config{
		Prompt: prompt, HistoryFile: history, HistoryLimit: 10_000, DisableAutoSaveHistory: true, HistorySearchFold: true,
		AutoComplete: complete, Undo: true, EOFPrompt: "\n",
		Stdin: k, Stdout: answering{cfg.Stdout, k}, Stderr: answering{cfg.Stderr, k},
		FuncIsTerminal: func() bool { return true },
		FuncMakeRaw:    tty.raw, FuncExitRaw: func() error { return nil },
		FuncGetSize:         func() (int, int) { rows, cols := cfg.Size(); return cols, rows },
		FuncOnWidthChanged:  e.watchSize,
		FuncFilterInputRune: e.filter,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the line editor: %w", err)
	}
	return e, nil
}

// makeHistory makes the history file, for its owner alone: the editor would
// make it with the umask.
func makeHistory(path string) error {
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := own(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Close())
}

// own refuses a directory where others could put a link for the history.
func own(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known || int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("directory %s is another's, or others may write in it (mode %04o)", dir, info.Mode().Perm())
	}
	return nil
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
	const none = "\x00\x0f\x11\x16\x18\x1c\x1d\x1e"
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
	line, err := e.rl.ReadLine()
	switch {
	case errors.Is(err, readline.ErrInterrupt):
		return "", errAgain
	case err != nil:
		return "", err
	}
	if line != e.last && line != "" && !strings.HasPrefix(line, " ") {
		e.last = line
		if err := e.rl.SaveToHistory(line); err != nil {
			return "", fmt.Errorf("keep the history: %w", err)
		}
	}
	return strings.ReplaceAll(line, lineEnd, "\n"), nil
}

// Close gives the terminal back.
func (e *editor) Close() error {
	signal.Stop(e.resize)
	close(e.resize)
	e.wg.Wait()
	return errors.Join(e.rl.Close(), e.leave())
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
