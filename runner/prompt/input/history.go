package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxHistory is how many lines are kept, maxHistoryBytes how much of a larger file is read.
const (
	maxHistory      = 10_000
	maxHistoryBytes = 8 << 20
)

// A history is the file that keeps lines across sessions. A nil history keeps none.
type history struct {
	file   *os.File
	joined bool // the last line in the file lacks its end
}

// openHistory opens the history at path, and returns its lines. It makes a missing file, mode
// 0600. An empty path, and a link to /dev/null, mean no history.
//
// Only a regular file that belongs to the user is used: through a link, root's history could
// overwrite any file. The mode of an existing file stays.
func openHistory(path string) (lines []string, h *history, err error) {
	if path == "" {
		return nil, nil, nil
	}
	if target, err := os.Readlink(path); err == nil && target == os.DevNull {
		return nil, nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, err
	}
	if err := own(filepath.Dir(path)); err != nil {
		return nil, nil, err
	}
	file, err := openOwn(path)
	if err != nil {
		return nil, nil, err
	}
	text, whole, err := readEnd(file)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	h = &history{file: file, joined: len(text) > 0 && text[len(text)-1] != '\n'}
	lines = historyLines(string(text))
	if many := len(lines) > maxHistory; many || !whole {
		lines = lines[max(0, len(lines)-maxHistory):]
		if err := h.rewrite(path, lines); err != nil {
			return nil, nil, errors.Join(err, h.Close())
		}
	}
	return lines, h, nil
}

// openOwn opens a regular file that belongs to the user, or makes it.
func openOwn(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.EMLINK) { // FreeBSD has EMLINK
		return nil, fmt.Errorf("%s is a symbolic link", path)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err == nil && !isOwn(info) {
		err = fmt.Errorf("%s belongs to another user", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// own refuses a directory where other users could put a file for the history.
func own(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !isOwn(info) || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("directory %s is another's, or others may write in it (mode %04o)", dir, info.Mode().Perm())
	}
	return nil
}

// isOwn reports whether a file belongs to the user.
func isOwn(info fs.FileInfo) bool {
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && int(stat.Uid) == os.Getuid()
}

// readEnd reads the last maxHistoryBytes of file, and reports whether that is the whole file.
func readEnd(file *os.File) (text []byte, whole bool, err error) {
	info, err := file.Stat()
	if err != nil {
		return nil, false, err
	}
	from := max(0, info.Size()-maxHistoryBytes)
	text, err = io.ReadAll(io.NewSectionReader(file, from, maxHistoryBytes))
	if from > 0 {
		_, text, _ = bytes.Cut(text, []byte{'\n'}) // a part of a line
	}
	return text, from == 0, err
}

// historyLines returns the lines of text that are not blank.
func historyLines(text string) []string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// rewrite replaces the file at path by one with these lines.
func (h *history) rewrite(path string, lines []string) error {
	file, err := os.CreateTemp(filepath.Dir(path), "history-")
	if err != nil {
		return err
	}
	_, err = file.WriteString(strings.Join(lines, "\n") + "\n")
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()), file.Close())
	}
	closeErr := errors.Join(file.Close(), h.file.Close())
	h.joined = false
	h.file, err = openOwn(path)
	return errors.Join(closeErr, err)
}

// add appends a line. After an error it keeps nothing more.
func (h *history) add(line string) error {
	if h == nil || h.file == nil {
		return nil
	}
	text := line + "\n"
	if h.joined {
		text = "\n" + text
	}
	h.joined = false
	if _, err := h.file.WriteString(text); err != nil {
		return errors.Join(err, h.Close())
	}
	return nil
}

// Close closes the file.
func (h *history) Close() error {
	if h == nil || h.file == nil {
		return nil
	}
	file := h.file
	h.file = nil
	return file.Close()
}
