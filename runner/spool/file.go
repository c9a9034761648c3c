package spool

import (
	"errors"
	"io/fs"
	"os"
)

// unlinkedFile makes a file in dir, readable by its owner only, and removes its name.
func unlinkedFile(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "clsh-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// cause returns err without the operation and the path, which the user does not know.
func cause(err error) error {
	if pe, is := errors.AsType[*fs.PathError](err); is {
		return pe.Err
	}
	return err
}
