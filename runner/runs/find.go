package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"clsh/runner/files"
)

// IsPath reports whether a RUN is the path of a record.
func IsPath(run string) bool { return strings.Contains(run, "/") }

// Open opens the record of a run of the store: name is its ID, its four letters, or a beginning of
// either that only one run has.
func (s *Store) Open(name string) (*Saved, error) {
	f, err := s.find(name)
	if err != nil {
		return nil, err
	}
	saved, err := s.load(f)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", letters(f.id), files.Bare(err))
	}
	return saved, nil
}

// find returns the record that name names.
func (s *Store) find(name string) (file, error) {
	all, err := s.files()
	if err != nil {
		return file{}, err
	}
	var found []file
	for _, f := range all {
		if f.id == name || letters(f.id) == name {
			return f, nil
		}
		if strings.HasPrefix(f.id, name) || strings.HasPrefix(letters(f.id), name) {
			found = append(found, f)
		}
	}
	switch {
	case name == "":
		return file{}, errors.New("no run named" + s.newest())
	case len(found) == 0:
		return file{}, fmt.Errorf("no such run: %q%s", name, s.newest())
	case len(found) > 1:
		const most = 5
		var ids []string
		for _, f := range found[:min(most, len(found))] {
			ids = append(ids, f.id)
		}
		if len(found) > most {
			ids = append(ids, "…")
		}
		return file{}, fmt.Errorf("%q begins the IDs of %d runs: %s", name, len(found), strings.Join(ids, ", "))
	}
	return found[0], nil
}

// newest returns a hint with the newest three runs.
func (s *Store) newest() string {
	list, err := s.List()
	if err != nil || len(list) == 0 {
		return "\nhint: no run is recorded"
	}
	var names []string
	for _, info := range list[:min(3, len(list))] {
		names = append(names, fmt.Sprintf("%s (%s)", Short(info.ID), age(time.Since(info.Time))))
	}
	return fmt.Sprintf("\nhint: the newest are %s; clsh --runs lists all", strings.Join(names, ", "))
}

// lastWithin is how long ago the last run may have ended.
const lastWithin = time.Hour

// A Place is where a run is started from.
type Place struct {
	Terminal string // as Terminal returns it
	Cwd      string
}

// last returns the last run that was started from a place, of the past hour: from the same terminal,
// or without one in the same directory. The runs of gates do not count.
func (s *Store) last(from Place, now time.Time) (Info, error) {
	list, err := s.List()
	if err != nil {
		return Info{}, err
	}
	where, here := "from this terminal", func(i Info) bool { return i.Terminal == from.Terminal }
	if from.Terminal == "" {
		where, here = "in this directory", func(i Info) bool { return string(i.Cwd) == from.Cwd }
	}
	at := slices.IndexFunc(list, func(i Info) bool { return here(i) && !i.Gate && i.State != Damaged })
	if at < 0 || list[at].State != Running && now.Sub(list[at].end()) > lastWithin {
		return Info{}, fmt.Errorf("no run was started %s in the past hour%s", where, s.newest())
	}
	return list[at], nil
}

// OpenLast opens the record of the last run from a place: see Place.
func (s *Store) OpenLast(from Place) (*Saved, error) {
	info, err := s.last(from, time.Now())
	if err != nil {
		return nil, err
	}
	return s.Open(info.ID)
}

// IDs returns the four letters of the runs that --rerun and so on can name, the newest first.
func (s *Store) IDs() []string {
	all, err := s.files()
	if err != nil {
		return nil
	}
	var ids []string
	for _, f := range all {
		ids = append(ids, letters(f.id))
	}
	return ids
}

// OpenToRead is OpenExisting with an error for the user if there is no store.
func OpenToRead(dir string, uid int) (*Store, error) {
	s, err := OpenExisting(dir, uid)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("no run is recorded\nhint: a run leaves a record unless --record none is given")
	}
	return s, err
}
