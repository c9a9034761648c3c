package keyboard

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"clsh/runner"
	"clsh/runner/event"
	"clsh/runner/rollout"
)

// A Question asks after each group of a rollout, but the last, whether to go on.
type Question struct {
	Keys *Keys
	TTY  *os.File
	// Names are the hosts of the run by rank; Fold writes a list of them as one LIST.
	Names []string
	Fold  func(names []string) string

	all bool // the user wants no more questions
}

// Ask asks (runner.Rollout.Between). ^D, and the end of the terminal, stop the rollout.
func (q *Question) Ask(i runner.Interval) event.Stop {
	if q.all || i.Last() || i.Over() {
		return event.Stop{}
	}
	i.Waits(event.ForAnswer, time.Time{})
	answer, err := q.answer(&i)
	i.Waits(0, time.Time{})
	switch {
	case errors.Is(err, errWoken): // something else ends the run
		return event.Stop{}
	case err != nil:
		return event.StopAfter(&i.Batch, event.StopAsked, fmt.Sprintf("cannot ask: %s", err))
	case answer == rollout.Stop:
		return event.StopAfter(&i.Batch, event.StopAsked, "asked")
	}
	q.all = answer == rollout.All
	return event.Stop{}
}

// answer asks until the answer is clear.
func (q *Question) answer(i *runner.Interval) (rollout.Answer, error) {
	q.Keys.reading.Lock()
	defer q.Keys.reading.Unlock()
	wake, closeWaker, err := waker(i.Drain)
	if err != nil {
		return rollout.Unclear, err
	}
	defer func() { _ = closeWaker() }()
	terminal := int(q.TTY.Fd())
	discard(terminal)
	text := q.text(i)
	for {
		if _, err := q.TTY.WriteString(text); err != nil {
			return rollout.Unclear, err
		}
		line, err := readLine(terminal, wake)
		if err != nil {
			_, _ = q.TTY.WriteString("\n") // nobody has pressed Return
		}
		switch {
		case errors.Is(err, errWoken):
			return rollout.Unclear, err
		case err != nil:
			return rollout.Stop, nil
		}
		answer := rollout.ParseAnswer(line)
		if answer == rollout.ShowHosts {
			next := q.Names[i.Done() : i.Done()+i.NextHosts]
			text = fmt.Sprintf("batch %d of %d: %s\n%s", i.Number+1, i.Of, q.Fold(next), choices)
			continue
		}
		if answer != rollout.Unclear {
			return answer, nil
		}
		text = choices
	}
}

// choices ends the question, and repeats it.
const choices = "[continue, stop, all, hosts] "

// text returns the question after a group.
func (q *Question) text(i *runner.Interval) string {
	hosts := "1 host"
	if i.NextHosts != 1 {
		hosts = fmt.Sprintf("%d hosts", i.NextHosts)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "batch %d of %d: %d ok, %d failed", i.Number, i.Of, i.OK, i.Failed)
	if i.MaxFail != event.NoLimit {
		fmt.Fprintf(&b, ", %d more may fail", max(i.MaxFail-i.AllFailed, 0))
	}
	fmt.Fprintf(&b, "\nStart batch %d (%s)? %s", i.Number+1, hosts, choices)
	return b.String()
}

// discard drops the lines that were typed before the question: they are no answer to it.
func discard(terminal int) {
	for foreground(terminal) && ready(terminal) {
		var b [4096]byte
		if n, err := unix.Read(terminal, b[:]); err != nil || n == 0 {
			return
		}
	}
}
