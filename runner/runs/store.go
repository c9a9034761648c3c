package runs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"clsh/runner/files"
)

// What a store holds at most.
const (
	maxRuns  = 1000
	maxBytes = 1 << 30
)

// The ends of file names.
const (
	plainEnd  = ".jsonl"
	zippedEnd = ".jsonl.gz"
	tempEnd   = ".tmp" // of a file that is not complete
)

// A Store is a directory of records.
type Store struct {
	dir  string
	root *os.Root
	uid  int
	// maxRuns and maxBytes are what it holds at most.
	maxRuns  int
	maxBytes int64
}

// Open opens the store in dir, and makes it if it is missing. uid is the caller, whose directory it
// must be. The caller closes the Store.
func Open(dir string, uid int) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, files.Bare(err))
	}
	return OpenExisting(dir, uid)
}

// OpenExisting is Open for a store that must be there: its error is fs.ErrNotExist if it is not.
func OpenExisting(dir string, uid int) (*Store, error) {
	link, err := os.Lstat(filepath.Clean(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, files.Bare(err))
	}
	if link.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("%s is a symbolic link\nhint: remove it, or name its target with --record", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, files.Bare(err))
	}
	info, err := root.Stat(".")
	if err == nil {
		err = private(dir, info, uid)
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Store{dir: dir, root: root, uid: uid, maxRuns: maxRuns, maxBytes: maxBytes}, nil
}

// private refuses a directory that others can write: they could put a record there, whose command
// would be run.
func private(dir string, info fs.FileInfo, uid int) error {
	switch stat, known := info.Sys().(*syscall.Stat_t); {
	case !known || int(stat.Uid) != uid:
		return fmt.Errorf("%s belongs to another user", dir)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("others may write in %s (mode %04o)\nhint: chmod 700 %s", dir, info.Mode().Perm(), dir)
	}
	return nil
}

// Close closes the store. Files that were opened in it stay open.
func (s *Store) Close() error { return s.root.Close() }

// idPattern matches the ID of a run.
var idPattern = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[a-z]{4}$`)

// letters returns the last part of an ID, which names the run for people.
func letters(id string) string { return id[strings.LastIndexByte(id, '-')+1:] }

// Short returns the four letters of an ID; what is no ID is returned as it is.
func Short(id string) string {
	if idPattern.MatchString(id) {
		return letters(id)
	}
	return id
}

// A file is a record in the store.
type file struct {
	id     string
	zipped bool
}

func (f file) name() string {
	if f.zipped {
		return f.id + zippedEnd
	}
	return f.id + plainEnd
}

// files returns the records, the newest first. Of one that clsh had no time to remove after it was
// compressed, the compressed one counts.
func (s *Store) files() ([]file, error) {
	dir, err := s.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.dir, files.Bare(err))
	}
	var all []file
	for _, name := range names {
		id, zipped := strings.CutSuffix(name, zippedEnd)
		id, plain := strings.CutSuffix(id, plainEnd)
		if zipped != plain && idPattern.MatchString(id) {
			all = append(all, file{id, zipped})
		}
	}
	slices.SortFunc(all, func(a, b file) int {
		if a.id == b.id && a.zipped {
			return -1
		}
		return cmp.Or(cmp.Compare(b.id, a.id), 1)
	})
	return slices.CompactFunc(all, func(a, b file) bool { return a.id == b.id }), nil
}

// errEmpty is the error of a record of which nothing is written yet.
var errEmpty = errors.New("nothing is written yet")

// open opens a record, and reports whether its run goes on. It must be a regular file of the caller's.
func (s *Store) open(f file) (record *os.File, running bool, err error) {
	record, err = s.root.OpenFile(f.name(), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, false, err
	}
	info, err := record.Stat()
	if err != nil {
		return nil, false, errors.Join(err, record.Close())
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		err = errors.New("it is not a regular file")
	case !known || int(stat.Uid) != s.uid:
		err = errors.New("it belongs to another user")
	case info.Size() == 0:
		err = errEmpty
	}
	if err != nil {
		return nil, false, errors.Join(err, record.Close())
	}
	if !f.zipped {
		running = isLocked(record)
	}
	return record, running, nil
}

// lock locks the record of a run that begins. A file system without locks is no error: there, a
// run that goes on looks like one that was killed.
func lock(f *os.File) error {
	err := flock(f, unix.LOCK_EX)
	if errors.Is(err, unix.ENOLCK) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return err
}

// isLocked reports whether the run of an open record goes on.
func isLocked(f *os.File) bool {
	err := flock(f, unix.LOCK_SH|unix.LOCK_NB)
	if err == nil {
		_ = flock(f, unix.LOCK_UN) // closing it would do that, too
	}
	return errors.Is(err, unix.EWOULDBLOCK)
}

func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// remove removes all files of a run.
func (s *Store) remove(id string) error {
	for _, end := range []string{plainEnd, zippedEnd, tempEnd} {
		if err := s.root.Remove(id + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// prune removes the oldest runs, until the store holds no more than it may. It keeps the newest,
// and those that go on.
func (s *Store) prune() error {
	all, err := s.files()
	if err != nil {
		return err
	}
	var bytes int64
	for i, f := range all {
		if info, err := s.root.Lstat(f.name()); err == nil {
			bytes += info.Size()
		}
		if i == 0 || i < s.maxRuns && bytes <= s.maxBytes {
			continue
		}
		if record, running, err := s.open(f); err == nil {
			_ = record.Close()
			if running {
				continue
			}
		}
		if err := s.remove(f.id); err != nil {
			return err
		}
	}
	return nil
}
