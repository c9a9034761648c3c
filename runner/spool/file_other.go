//go:build !linux

package spool

import "os"

// File makes a file in dir and removes its name. The caller must close the file.
func File(dir string) (*os.File, error) {
	return unlinkedFile(dir)
}
