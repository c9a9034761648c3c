package system

import "os"

// Shell is the user's shell.
func (sys *System) Shell() string {
	if shell := sys.Getenv("SHELL"); shell != "" {
		if _, err := os.Stat(shell); err == nil {
			return shell
		}
	}
	return "/bin/sh"
}

// ScreenSize is the terminal's size; one that nobody has sized counts as 24 × 80.
func (sys *System) ScreenSize() (rows, cols int) {
	if rows, cols = sys.Size(); rows == 0 || cols == 0 {
		return 24, 80
	}
	return rows, cols
}
