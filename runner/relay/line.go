package relay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"clsh/hosts"
	"clsh/runner/remote"
)

// A kind is that of a line to a relay: its first word.
type kind string

// The kinds of lines, in the order in which a relay may first get them.
const (
	jobLine   kind = "job"   // job JSON: what is run; the first line, once
	grantLine kind = "grant" // grant RANK NAME: a host
	drainLine kind = "drain" // start nothing further
	stopLine  kind = "stop"  // stop SIGNAL: stop the commands, with SIGNAL first
	killLine  kind = "kill"  // end everything at once
	pingLine  kind = "ping"  // the root is there; answered by an empty line
)

// A line is one line to a relay.
type line struct {
	kind
	job    *Job           // of jobLine
	rank   int            // of grantLine
	name   string         // of grantLine
	signal syscall.Signal // of stopLine
}

// longestLine is the length of the longest line to a relay, in bytes: a job whose command is as long
// as commands may be, in its longest spelling.
const longestLine = 1 << 20

// append adds the text of the line to b.
func (l line) append(b []byte) ([]byte, error) {
	switch l.kind {
	case jobLine:
		text, err := json.Marshal(l.job)
		if err == nil && len(text) > longestLine-len("job \n") {
			err = fmt.Errorf("a job of %d bytes: relays take no more than %d", len(text), longestLine)
		}
		if err != nil {
			return nil, err
		}
		return append(append(append(b, "job "...), text...), '\n'), nil
	case grantLine:
		return fmt.Appendf(b, "grant %d %s\n", l.rank, l.name), nil
	case stopLine:
		return append(b, remote.StopRequest(l.signal)...), nil // as an agent is asked
	}
	return append(append(b, l.kind...), '\n'), nil
}

// parseLine reads a line without its newline. It takes nothing but what append writes.
func parseLine(text string) (line, error) {
	word, arg, has := strings.Cut(text, " ")
	switch l := (line{kind: kind(word)}); {
	case l.kind == jobLine && has:
		job, err := parseJob([]byte(arg))
		return line{kind: jobLine, job: job}, err
	case l.kind == grantLine && has:
		return parseGrant(arg)
	case l.kind == stopLine && has:
		l.signal = unix.SignalNum("SIG" + arg)
		if string(remote.StopRequest(l.signal)) == text+"\n" { // not another in its place
			return l, nil
		}
	case !has && (l.kind == drainLine || l.kind == killLine || l.kind == pingLine):
		return l, nil
	}
	return line{}, fmt.Errorf("not a line to a relay: %.100q", text)
}

func parseGrant(arg string) (line, error) {
	number, name, _ := strings.Cut(arg, " ")
	rank, err := strconv.Atoi(number)
	if err != nil || rank < 0 || strconv.Itoa(rank) != number {
		return line{}, fmt.Errorf("grant: %.100q is not a rank", number)
	}
	if _, err := host(name); err != nil {
		return line{}, fmt.Errorf("grant: %w", err)
	}
	return line{kind: grantLine, rank: rank, name: name}, nil
}

// CheckName returns an error where a relay would not know a host by its name alone.
func CheckName(name string) error {
	_, err := host(name)
	return err
}

// host returns the host of a name.
func host(name string) (hosts.Host, error) {
	list, err := hosts.Expand(name)
	if err != nil || len(list) != 1 || list[0].Name != name {
		return hosts.Host{}, fmt.Errorf("%.100q is not the name of a host", name)
	}
	return list[0], nil
}

// A splitter cuts what comes in any pieces into lines, none longer than most bytes.
type splitter struct {
	most int
	rest []byte // a line that has not ended
}

// feed calls each with every whole line, with its newline. The line is valid during the call.
func (s *splitter) feed(p []byte, each func(line []byte) error) error {
	for {
		end := bytes.IndexByte(p, '\n') + 1
		if len(s.rest)+max(end, 1) > s.most || end == 0 && len(s.rest)+len(p) > s.most {
			return fmt.Errorf("a line of more than %d bytes", s.most)
		}
		if end == 0 {
			s.rest = append(s.rest, p...)
			return nil
		}
		text := p[:end]
		if len(s.rest) > 0 {
			s.rest = append(s.rest, text...)
			text = s.rest
		}
		err := each(text)
		s.rest = s.rest[:0]
		if cap(s.rest) > 64<<10 {
			s.rest = nil
		}
		if err != nil {
			return err
		}
		p = p[end:]
		if len(p) == 0 {
			return nil
		}
	}
}

// readLines calls each with the lines of r until its end or an error, which is nil at the end. A last
// line without a newline was cut off, and is no line.
func readLines(r io.Reader, each func(line) error) error {
	s, buf := splitter{most: longestLine}, make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			wrong := s.feed(buf[:n], func(text []byte) error {
				l, err := parseLine(strings.TrimSuffix(string(text), "\n"))
				if err != nil {
					return err
				}
				return each(l)
			})
			if wrong != nil {
				return wrong
			}
		}
		if err != nil {
			return nil //nolint:nilerr // whatever ends the input, nobody is there any more
		}
	}
}
