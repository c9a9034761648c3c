package sink

import (
	"io"
	"io/fs"

	"clsh/runner/sink/terminal"
)

// When is the value of --color and --progress.
type When string

// The values of When; the zero value is Auto.
const (
	Auto   When = "auto"
	Always When = "always"
	Never  When = "never"
)

// coloured reports whether a stream gets colours: the option decides, then the
// environment (no-color.org, bixense.com/clicolors), then whether the stream is a
// terminal that has them.
func coloured(when When, tty bool, getenv func(string) string) bool {
	switch {
	case when == Always:
		return true
	case when == Never, getenv("NO_COLOR") != "":
		return false
	case getenv("CLICOLOR_FORCE") != "" && getenv("CLICOLOR_FORCE") != "0":
		return true
	case getenv("CLICOLOR") == "0", getenv("TERM") == "dumb":
		return false
	}
	return tty
}

// palette returns the colours of a stream.
func (c *Config) palette(tty bool) terminal.Palette {
	if !coloured(c.Color, tty, c.Getenv) {
		return terminal.Palette{}
	}
	return terminal.NewPalette(c.Getenv)
}

// summaryWhen returns when there is a summary; Auto: when a host has failed. The Python clsh has none.
func (c *Config) summaryWhen() When {
	switch {
	case c.Summary:
		return Always
	case c.Quiet, c.Compat, c.NoSummary:
		return Never
	}
	return Auto
}

// statusLine reports whether there is a status line: on a terminal that no other
// program writes to.
func (c *Config) statusLine() bool {
	switch {
	case c.Progress == Always:
		return true
	case c.Progress == Never, c.Quiet, c.Compat, !c.StderrTerminal, c.Getenv("TERM") == "dumb":
		return false
	}
	return c.StdoutTerminal || !isPipe(c.Stdout)
}

// isPipe reports whether w leads to another program, which may write to the terminal
// itself (clsh … | less).
func isPipe(w io.Writer) bool {
	f, ok := w.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return true
	}
	st, err := f.Stat()
	return err != nil || st.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0
}
