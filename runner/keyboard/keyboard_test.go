package keyboard

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"clsh/hosts"
	"clsh/runner"
	"clsh/runner/event"
	"clsh/runner/sshtest"
)

// A typist sits at a terminal on which questions are asked.
type typist struct {
	t        *testing.T
	terminal *os.File // the typist's side
	q        *Question

	mu   sync.Mutex
	text bytes.Buffer
}

func newTypist(t *testing.T) *typist {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	master = polled(t, master)
	p := &typist{t: t, terminal: master}
	p.q = &Question{Keys: &Keys{}, TTY: tty, Names: []string{"a", "b1", "b2", "c1", "c2", "c3"}, Fold: hosts.Fold}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(p, master) // until it is closed
	}()
	t.Cleanup(func() {
		_ = tty.Close()
		_ = master.Close()
		<-read
	})
	return p
}

// polled returns f again, such that its Close ends a Read.
func polled(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	if err == nil {
		err = errors.Join(syscall.SetNonblock(fd, true), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "terminal")
}

func (p *typist) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *typist) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.ReplaceAll(p.text.String(), "\r\n", "\n")
}

// sees waits until pattern is n times on the screen.
func (p *typist) sees(pattern string, n int) {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	sshtest.WaitFor(p.t, pattern, func() bool { return len(re.FindAllString(p.screen(), -1)) >= n })
}

func (p *typist) types(text string) {
	p.t.Helper()
	if _, err := p.terminal.WriteString(text); err != nil {
		p.t.Error(err)
	}
}

// asked is a question under way.
type asked struct {
	stop  event.Stop
	waits []event.Wait
	drain chan struct{}
	done  chan struct{}
}

// ask asks after group number of three.
func (p *typist) ask(number int) *asked {
	a := &asked{drain: make(chan struct{}), done: make(chan struct{})}
	groups := []event.Batch{
		{Number: 1, First: 0, Hosts: 1, NextHosts: 2, OK: 1, MaxFail: 2},
		{Number: 2, First: 1, Hosts: 2, NextHosts: 3, OK: 1, Failed: 1, AllFailed: 1, MaxFail: event.NoLimit},
		{Number: 3, First: 3, Hosts: 3, OK: 3, MaxFail: 2},
	}
	i := runner.Interval{Batch: groups[number-1], Drain: a.drain, Emit: func(e event.Event) { a.waits = append(a.waits, e.Batch.Waits) }}
	i.Of = 3
	go func() {
		defer close(a.done)
		a.stop = p.q.Ask(i)
	}()
	return a
}

// ends waits for the end of the question and checks it.
func (p *typist) ends(a *asked, by event.StopReason, note string) {
	p.t.Helper()
	sshtest.WaitFor(p.t, "the question is over", func() bool {
		select {
		case <-a.done:
			return true
		default:
			return false
		}
	})
	if a.stop.By != by || a.stop.Note != note {
		p.t.Errorf("%+v, want %s, %q", a.stop, by, note)
	}
}

const end = `\[continue, stop, all, hosts\] `

func TestAsk(t *testing.T) {
	t.Parallel()
	p := newTypist(t)
	p.types("stop\n") // before the question: no answer
	sshtest.WaitFor(t, "the line has come", func() bool { return ready(int(p.q.TTY.Fd())) })
	a := p.ask(1)
	p.sees(`batch 1 of 3: 1 ok, 0 failed, 2 more may fail\nStart batch 2 \(2 hosts\)\? `+end, 1)
	p.types("\n")
	p.sees(end, 2)
	p.types("what\n")
	p.sees(end, 3)
	p.types("hosts\n")
	p.sees(`\nbatch 2 of 3: b\[1-2\]\n`+end, 1)
	p.types("c\n")
	p.ends(a, "", "")
	if len(a.waits) != 2 || a.waits[0] != event.ForAnswer || a.waits[1] != 0 {
		t.Errorf("waits %v", a.waits)
	}

	a = p.ask(2)
	p.sees(`batch 2 of 3: 1 ok, 1 failed\nStart batch 3 \(3 hosts\)\? `+end, 1)
	p.types("stop\n")
	p.ends(a, event.StopAsked, "stopped after batch 2 of 3: asked")

	a = p.ask(3) // there is no question after the last
	p.ends(a, "", "")
	if len(a.waits) > 0 {
		t.Errorf("waits %v", a.waits)
	}
}

// ^D stops, a line may come in pieces, and "all" asks no more.
func TestAnswers(t *testing.T) {
	t.Parallel()
	p := newTypist(t)
	a := p.ask(1)
	p.sees(end, 1)
	p.types("\x04")
	p.ends(a, event.StopAsked, "stopped after batch 1 of 3: asked")
	a = p.ask(1)
	p.sees(end, 2)
	p.types("co\x04ntinue\n")
	p.ends(a, "", "")
	a = p.ask(1)
	p.sees(end, 3)
	p.types("all\n")
	p.ends(a, "", "")
	a = p.ask(2)
	p.ends(a, "", "")
}

// The end of the run ends the question, which is then no reason to stop; one that comes before it
// asks nothing.
func TestAskIsOver(t *testing.T) {
	t.Parallel()
	p := newTypist(t)
	a := p.ask(1)
	p.sees(end, 1)
	close(a.drain)
	p.ends(a, "", "")
	i := runner.Interval{Batch: event.Batch{Number: 1, Of: 2}, Drain: a.drain}
	if stop := p.q.Ask(i); stop.By != "" {
		t.Errorf("%+v", stop)
	}
}

// The terminal goes: nobody has said that the run may go on.
func TestAskHungUp(t *testing.T) {
	t.Parallel()
	p := newTypist(t)
	a := p.ask(1)
	p.sees(end, 1)
	if err := p.terminal.Close(); err != nil {
		t.Fatal(err)
	}
	p.ends(a, event.StopAsked, "stopped after batch 1 of 3: asked")
}

// Return is watched beside a question, and answers are not taken for it.
func TestReturnBesideQuestion(t *testing.T) {
	t.Parallel()
	p := newTypist(t)
	pressed := make(chan struct{}, 10)
	stop, err := p.q.Keys.WatchReturn(p.q.TTY, func() { pressed <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	p.types("\n")
	<-pressed
	a := p.ask(1)
	p.sees(end, 1)
	p.types("\n")
	p.sees(end, 2)
	p.types("continue\n")
	p.ends(a, "", "")
	if len(pressed) > 0 {
		t.Error("an answer counts as Return")
	}
	p.types("\n")
	<-pressed
	if err := stop(); err != nil {
		t.Error(err)
	}
}
