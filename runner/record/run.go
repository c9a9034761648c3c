package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clsh/hosts"
	"clsh/runner/event"
)

// A Run says what was run, where and how. In a record that is kept, it is the first object.
type Run struct {
	ID      string
	Time    time.Time // when it began
	User    string    // who ran it
	Cwd     string    // the working directory
	Version string    // clsh's
	Command string
	Hosts   []string // by rank
	// Options are those that the run depends on, each as one word: --fanout=3.
	Options []string
	Stdin   bool // the command got a standard input, which is not in the record
	Output  bool // output is kept
	// Terminal identifies the terminal that it was started from; empty: there was none.
	Terminal string
	Gate     bool   // a gate of another run started it
	Relays   bool   // relays ran the hosts
	RerunOf  string // the ID of the run that it repeats, or empty
}

// runObject is a Run as it is written.
type runObject struct {
	Type     string `json:"type"`
	ID       string `json:"id"`
	Time     string `json:"time"`
	User     Text   `json:"user"`
	Cwd      Text   `json:"cwd"`
	Version  string `json:"version"`
	Command  Text   `json:"command"`
	Hosts    string `json:"hosts"`
	Options  []Text `json:"options"`
	Stdin    bool   `json:"stdin,omitempty"`
	Output   bool   `json:"output,omitempty"`
	Terminal string `json:"terminal,omitempty"`
	Gate     bool   `json:"gate,omitempty"`
	Relays   bool   `json:"relays,omitempty"`
	RerunOf  string `json:"rerun_of,omitempty"`
}

// cutObject says that no more of a host's stream is kept.
type cutObject struct {
	Type   string `json:"type"`
	Host   string `json:"host"`
	Stream string `json:"stream"`
	Kept   int    `json:"kept"` // bytes
}

func newRun(r *Run) runObject {
	return runObject{
		Type: "run", ID: r.ID, Time: r.Time.UTC().Format(time.RFC3339Nano), User: Text(r.User), Cwd: Text(r.Cwd), Version: r.Version,
		Command: Text(r.Command), Hosts: List(r.Hosts), Options: texts(r.Options),
		Stdin: r.Stdin, Output: r.Output, Terminal: r.Terminal, Gate: r.Gate, Relays: r.Relays, RerunOf: r.RerunOf,
	}
}

// List returns names as one LIST that has them in their order: folded, if that keeps it.
func List(names []string) string {
	folded := hosts.Fold(names)
	if list, err := hosts.Expand(folded); err == nil && slices.Equal(list.Names(), names) {
		return folded
	}
	return strings.Join(names, ",")
}

// parseRun reads the object of a Run. The names of hosts are checked.
func parseRun(text []byte) (*Run, error) {
	var o runObject
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, err
	}
	began, err := time.Parse(time.RFC3339Nano, o.Time)
	if err != nil {
		return nil, fmt.Errorf("%q is not a time", o.Time)
	}
	list, err := hosts.Expand(o.Hosts)
	if err != nil {
		return nil, fmt.Errorf("hosts: %w", err)
	}
	if len(list) == 0 {
		return nil, errors.New("a run without hosts")
	}
	r := &Run{
		ID: o.ID, Time: began, User: string(o.User), Cwd: string(o.Cwd), Version: o.Version, Command: string(o.Command),
		Hosts: list.Names(), Stdin: o.Stdin, Output: o.Output, Terminal: o.Terminal, Gate: o.Gate, Relays: o.Relays, RerunOf: o.RerunOf,
	}
	for _, word := range o.Options {
		r.Options = append(r.Options, string(word))
	}
	return r, nil
}

// A HostState is what a record says of a host.
type HostState struct {
	Name    string
	Started bool          // its command was handed to its shell, or a relay may have done that
	Result  *event.Result // nil: its end is not in the record
}

// States returns what became of each host, by rank, and the run's summary; nil if the record ends
// before it.
func (rec *Record) States() ([]HostState, *event.Summary, error) {
	states := make([]HostState, len(rec.Names))
	for rank, name := range rec.Names {
		states[rank].Name = name
	}
	var sum *event.Summary
	granted := make([]bool, len(states))
	err := rec.each(func(kind string, text []byte) (err error) {
		switch kind {
		case "grant":
			var o startObject
			if o, err = parse(text, plainStart); err == nil {
				granted[rec.ranks[o.Host]] = true
			}
		case "start":
			var o startObject
			if o, err = parse(text, plainStart); err == nil {
				states[rec.ranks[o.Host]].Started = true
			}
		case "exit":
			var o exitObject
			if o, err = parse(text, plainExit); err != nil {
				return err
			}
			state := &states[rec.ranks[o.Host]]
			if state.Result != nil {
				return fmt.Errorf("a second end of %s", o.Host)
			}
			state.Result, err = o.result()
		case "summary":
			sum, err = parseSummary(text)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("not a whole record: %w", err)
	}
	for rank := range states {
		states[rank].Started = states[rank].Started || granted[rank] && states[rank].Result == nil
	}
	return states, sum, nil
}

// Output calls each with the output of the hosts whose names want has: a stream's bytes in their
// order, cut anywhere. b is valid during the call only.
func (rec *Record) Output(want map[string]bool, each func(host string, stream event.Stream, b []byte) error) error {
	return rec.each(func(kind string, text []byte) error {
		if kind != "line" {
			return nil
		}
		l, err := parseLine(text)
		if err != nil || !want[string(l.host)] {
			return err
		}
		b := l.data
		if l.eol {
			b = append(slices.Clip(b), '\n')
		}
		return each(string(l.host), l.stream, b)
	})
}
