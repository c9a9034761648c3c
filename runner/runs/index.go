package runs

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"clsh/runner/record"
)

const (
	indexName = "index"
	// maxIndex is the size past which an index is replaced by one without the lines of runs that are
	// no more there.
	maxIndex = 2 << 20
)

// appendIndex adds the line of a run, in one write. The newline before it ends a line that a full
// disk has cut.
func (s *Store) appendIndex(info Info) error {
	f, err := s.root.OpenFile(indexName, os.O_WRONLY|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return err
	}
	line, err := json.Marshal(info.shorten())
	if err == nil {
		_, err = f.Write(slices.Concat([]byte{'\n'}, line, []byte{'\n'}))
	}
	return errors.Join(err, f.Close())
}

// readIndex returns the lines of the index by ID, of several for a run the last one. What is damaged
// is left out.
func (s *Store) readIndex() (index map[string]Info, size int) {
	index = map[string]Info{}
	f, err := s.root.OpenFile(indexName, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return index, 0
	}
	defer f.Close()
	lines := bufio.NewReaderSize(io.LimitReader(f, 16*maxIndex), 64<<10)
	for {
		line, err := lines.ReadSlice('\n')
		size += len(line)
		var info Info
		if len(bytes.TrimSpace(line)) > 0 && json.Unmarshal(line, &info) == nil && idPattern.MatchString(info.ID) {
			index[info.ID] = info
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return index, size
		}
	}
}

// List returns all runs, the newest first. It opens only the records that have no line in the index,
// and adds their lines.
func (s *Store) List() ([]Info, error) {
	all, err := s.files()
	if err != nil {
		return nil, err
	}
	index, size := s.readIndex()
	list := make([]Info, 0, len(all))
	for _, f := range all {
		info, known := index[f.id]
		if !known {
			if info, err = s.read(f); errors.Is(err, errEmpty) || errors.Is(err, fs.ErrNotExist) {
				continue // not begun, or removed or compressed just now
			}
			if info.State != Running {
				_ = s.appendIndex(info) // the next list tries again
			}
		}
		list = append(list, info)
	}
	slices.SortStableFunc(list, func(a, b Info) int { return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(b.ID, a.ID)) })
	if size > maxIndex {
		_ = s.replaceIndex(list)
	}
	return list, nil
}

// replaceIndex writes an index of these runs alone.
func (s *Store) replaceIndex(list []Info) error {
	var text bytes.Buffer
	for _, info := range list {
		line, err := json.Marshal(info.shorten())
		if err != nil {
			return err
		}
		if info.State != Running {
			text.Write(append(line, '\n'))
		}
	}
	temp := indexName + "-" + strings.ToLower(rand.Text()[:8]) + tempEnd
	err := s.root.WriteFile(temp, text.Bytes(), 0o600)
	if err == nil {
		err = s.root.Rename(temp, indexName)
	}
	if err != nil {
		_ = s.root.Remove(temp)
	}
	return err
}

// read returns the Info of a record from the record itself. One that cannot be read is Damaged.
func (s *Store) read(f file) (Info, error) {
	saved, err := s.load(f)
	if err != nil {
		began, _ := time.Parse("20060102-150405", f.id[:15]) // idPattern; not a date: the zero time
		return Info{ID: f.id, Time: began, State: Damaged, Outcomes: []Count{}}, err
	}
	defer saved.Close()
	return saved.info(f.id)
}

// info returns the Info of an open record.
func (r *Saved) info(id string) (Info, error) {
	states, sum, err := r.States()
	if err != nil {
		return Info{ID: id, Time: r.Run.Time, State: Damaged, Outcomes: []Count{}}, err
	}
	var t tally
	unfinished, waiting := 0, 0
	for _, state := range states {
		switch {
		case state.Result != nil:
			t.add(state.Result)
		case state.Started:
			unfinished++
		default:
			waiting++
		}
	}
	run := *r.Run
	run.ID = id // the file's name, whatever is in it
	info := newInfo(&run, &t, sum)
	if sum == nil {
		info.DurationMS = max(r.written.Sub(run.Time).Milliseconds(), 0)
		for _, c := range []Count{{"unfinished", unfinished}, {"not started", waiting}} {
			if c.Hosts > 0 {
				info.Outcomes = append(info.Outcomes, c)
			}
		}
		if r.Running {
			info.State = Running
		}
	}
	return info, nil
}

// Whole returns i with its hosts and its command as a whole.
func (s *Store) Whole(i Info) Info {
	if !i.Cut {
		return i
	}
	saved, err := s.load(file{i.ID, false})
	if err != nil {
		return i
	}
	defer saved.Close()
	i.Hosts, i.Command, i.Cut = record.List(saved.Run.Hosts), record.Text(saved.Run.Command), false
	return i
}
