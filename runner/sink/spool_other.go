//go:build !linux

package sink

import "os"

// unnamedFile makes a file in dir that has no name any more.
func unnamedFile(dir string) (*os.File, error) {
	return unlinkedFile(dir)
}
