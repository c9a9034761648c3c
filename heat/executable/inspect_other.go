//go:build !linux

package executable

// noExec is not asked for here; the start itself fails.
func noExec(string) bool { return false }

func otherFormats() bool { return false }
