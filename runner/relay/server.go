package relay

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"clsh/runner"
	"clsh/runner/event"
)

// A Server is the relay's end.
type Server struct {
	In      io.Reader
	Out     io.Writer
	Version string
	Signals <-chan os.Signal
	// Configure returns the run of a job, but for its hosts and its sink.
	Configure func(*Job) (runner.Config, error)
}

// lastAnswer is what a run that is stopped may take over the grace of its commands: what its
// sessions may (package runner), and some more.
const lastAnswer = 15 * time.Second

// errNobody ends a relay whose output nobody takes.
var errNobody = errors.New("the root does not read what its relay reports")

// Serve runs the relay's part of a run until the root ends it, by a line or by its own end. It
// returns why it ended early. A goroutine that reads In is left behind if In has not ended.
func (s *Server) Serve() error {
	if _, err := fmt.Fprintf(s.Out, "%s%d %s\n", hello, protocol, s.Version); err != nil {
		return err
	}
	in := make(chan line)
	over := make(chan error, 1)
	done := make(chan struct{})
	defer close(done)
	go func() {
		over <- readLines(s.In, func(l line) error {
			select {
			case in <- l:
			case <-done:
			}
			return nil
		})
	}()
	select {
	case first := <-in:
		if first.kind != jobLine {
			return errors.New("the first line is not a job")
		}
		return s.work(first.job, in, over)
	case err := <-over:
		return err
	case sig := <-s.Signals:
		return fmt.Errorf("ended by %s", sig)
	}
}

// work runs a job.
func (s *Server) work(job *Job, in <-chan line, over <-chan error) error {
	cfg, err := s.Configure(job)
	if err != nil {
		return err
	}
	out := newOutbox(gatherReports, savedReports, mostReports)
	p := newPart(job, out)
	cfg.Next, cfg.Sink = p.next, p
	r, err := runner.New(cfg)
	if err != nil {
		return err
	}
	w := &worker{Runner: r, part: p, job: job, out: out, grace: cfg.KillAfter*3/2 + lastAnswer}
	ended := make(chan error, 1)
	go func() { ended <- w.run(s.Out) }() // without errNobody, supervise waits for it
	return w.supervise(in, over, s.Signals, ended)
}

// A worker does what the root, or a signal, asks for.
type worker struct {
	*runner.Runner
	part  *part
	job   *Job
	out   *outbox
	grace time.Duration

	wrong     error // what ended the run
	signalled bool
	limit     <-chan time.Time // for the end of a run that was stopped
}

// run runs the hosts, and returns when their reports have been written to w.
func (w *worker) run(to io.Writer) error {
	written := make(chan error, 1)
	go func() { written <- w.out.write(to) }()
	sum, err := w.Run()
	if err == nil {
		err = w.part.out.Close(sum)
	}
	w.out.close()
	if last := <-written; err == nil {
		err = last
	}
	return err
}

// supervise serves the root until the run has ended.
func (w *worker) supervise(in <-chan line, over <-chan error, signals <-chan os.Signal, ended <-chan error) error {
	patience := time.NewTimer(w.job.Patience)
	defer patience.Stop()
	if w.job.Patience == 0 {
		patience.Stop()
	}
	for {
		select {
		case err := <-ended:
			return errors.Join(w.wrong, err)
		case <-w.limit:
			return errNobody
		case sig := <-signals:
			if number, ok := sig.(syscall.Signal); ok && number != syscall.SIGUSR1 {
				w.signal(number)
			}
		case <-patience.C:
			w.stop(syscall.SIGTERM, fmt.Errorf("nothing was heard from the root for %s", w.job.Patience))
		case err := <-over:
			over, in = nil, nil
			w.stop(syscall.SIGTERM, err)
		case l := <-in:
			if w.job.Patience > 0 {
				patience.Reset(w.job.Patience)
			}
			if l.kind == pingLine {
				w.out.pong()
				continue
			}
			if err := w.act(l); err != nil {
				in = nil
				w.stop(syscall.SIGTERM, err)
			}
		}
	}
}

// signal acts on a signal to the relay itself: the second kills.
func (w *worker) signal(sig syscall.Signal) {
	if w.signalled {
		w.Kill()
	}
	w.signalled = true
	w.stop(sig, fmt.Errorf("ended by %s", event.SignalName(sig)))
}

// stop stops the commands, sig first: for a reason, or because somebody wants it.
func (w *worker) stop(sig syscall.Signal, wrong error) {
	w.wrong = errors.Join(w.wrong, wrong)
	w.part.closeGrants()
	w.StopWith(sig)
	if w.limit == nil {
		w.limit = time.After(w.grace)
	}
}

// act does what a line says.
func (w *worker) act(l line) error {
	switch l.kind {
	case jobLine:
		return errors.New("a second job")
	case grantLine:
		return w.part.grant(l.rank, l.name)
	case drainLine:
		w.part.closeGrants()
		w.Drain()
	case stopLine:
		w.stop(l.signal, nil)
	case killLine:
		w.part.closeGrants()
		w.Kill()
	}
	return nil
}
