package runs

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"clsh/runner/event"
	"clsh/runner/files"
	"clsh/runner/record"
	"clsh/runner/spool"
)

// An Entry is the record of a run that is being written. It is a sink. The file is made at the first
// event, so that nothing is left of a run that does not begin.
type Entry struct {
	store   *Store // nil: the record is the file at path
	path    string // for errors: of the record, or of the store
	run     record.Run
	tempDir string

	file   *os.File
	keeper *record.Keeper // nil until the Run is written
	pool   *spool.Pool
	tally  tally
}

// Begin returns the Entry for a run, whose ID it sets. The Entry closes the store.
func (s *Store) Begin(run record.Run, tempDir string) (*Entry, error) {
	var err error
	if run.ID, err = s.newID(&run); err != nil {
		return nil, err
	}
	return &Entry{store: s, path: s.dir, run: run, tempDir: tempDir}, nil
}

// BeginFile returns the Entry for a run whose record is to be the file at path. An older one is
// overwritten.
func BeginFile(path string, run record.Run, tempDir string) *Entry {
	run.ID = path
	return &Entry{path: path, run: run, tempDir: tempDir}
}

// ID names the run, for --rerun and so on.
func (e *Entry) ID() string { return Short(e.run.ID) }

// newID returns an ID whose letters no run in the store has. There are no vowels among them: they
// would form words.
func (s *Store) newID(run *record.Run) (string, error) {
	const alphabet = "bcdfghjklmnpqrstvwxz"
	all, err := s.files()
	if err != nil {
		return "", err
	}
	for {
		word := make([]byte, 4)
		for i := range word {
			word[i] = alphabet[rand.IntN(len(alphabet))]
		}
		if !slices.ContainsFunc(all, func(f file) bool { return letters(f.id) == string(word) }) {
			return run.Time.UTC().Format("20060102-150405-") + string(word), nil
		}
	}
}

// Event writes an event. After an error the Entry must get no further one.
func (e *Entry) Event(ev event.Event) error {
	if e.file == nil {
		if err := e.open(); err != nil {
			return e.at(err)
		}
	}
	if ev.Kind == event.Ended {
		e.tally.add(ev.Result)
	}
	return e.at(e.keeper.Event(ev))
}

// at says where the record is that err is about.
func (e *Entry) at(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", e.path, files.Bare(err))
}

// open makes the file.
func (e *Entry) open() (err error) {
	const flags = os.O_RDWR | os.O_CREATE
	if e.store != nil {
		e.file, err = e.store.root.OpenFile(e.run.ID+plainEnd, flags|os.O_EXCL, 0o600)
	} else {
		e.file, err = os.OpenFile(e.path, flags|unix.O_NONBLOCK|unix.O_NOCTTY, 0o600)
	}
	if err != nil {
		return err
	}
	if e.store == nil {
		info, err := e.file.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("not a regular file")
		}
		if err == nil {
			err = e.file.Truncate(0)
		}
		if err != nil {
			return err
		}
	}
	if err := lock(e.file); err != nil {
		return fmt.Errorf("lock it: %w", err)
	}
	e.pool = spool.NewPool(e.tempDir)
	keeper := record.NewKeeper(&e.run, e.file, e.pool)
	if err := keeper.Begin(); err != nil {
		return err
	}
	e.keeper = keeper
	return nil
}

// Close ends the record with the run's summary. A record in the store is compressed then, and gets
// its line in the index.
func (e *Entry) Close(sum *event.Summary) error {
	err := e.at(e.finish(sum))
	if e.file != nil {
		if e.store != nil && e.keeper == nil {
			err = errors.Join(err, e.store.remove(e.run.ID))
		}
		err = errors.Join(err, e.file.Close())
	}
	if e.pool != nil {
		err = errors.Join(err, e.pool.Close())
	}
	if e.store != nil {
		err = errors.Join(err, e.store.Close())
	}
	return err
}

func (e *Entry) finish(sum *event.Summary) error {
	if e.keeper == nil || sum == nil {
		return nil
	}
	if err := e.keeper.Close(sum); err != nil || e.store == nil {
		return err
	}
	if err := e.compress(); err != nil {
		return err
	}
	// What follows is made up for by the next list.
	_ = e.store.appendIndex(newInfo(&e.run, &e.tally, sum))
	return e.store.prune()
}

// compress replaces the file by a compressed one.
func (e *Entry) compress() (err error) {
	root, temp := e.store.root, e.run.ID+tempEnd
	out, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(temp) // the plain file stays, and is whole
		}
	}()
	if err := zip(out, e.file); err != nil {
		return errors.Join(err, out.Close())
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := root.Rename(temp, e.run.ID+zippedEnd); err != nil {
		return err
	}
	if err := root.Remove(e.run.ID + plainEnd); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// zip writes all of src to dst, compressed.
func zip(dst io.Writer, src io.ReadSeeker) error {
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return err
	}
	z, _ := gzip.NewWriterLevel(dst, gzip.BestSpeed) // its error is that of another level
	if _, err := io.Copy(z, src); err != nil {
		return err
	}
	return z.Close()
}
