package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"clsh/runner/proc"
)

// outputGrace is how long the output of a group source's command is read once
// it was killed, and beyond its end where there is a time limit: a process that
// has left its group may hold the output open for ever.
const outputGrace = 200 * time.Millisecond

// noteAfter is when a group source's command is noted that still runs.
const noteAfter = 3 * time.Second

// An asker runs the commands of group sources.
type asker struct {
	sys     *System
	limit   time.Duration // for each command; 0: none
	notes   bool
	running chan struct{} // full while one runs
}

// run runs a command in a session of its own, all of whose first group is killed
// when ctx ends, or the limit has passed. What it says on standard error is the reason
// when it fails.
func (a asker) run(ctx context.Context, argv []string) ([]byte, error) {
	a.running <- struct{}{}
	defer func() { <-a.running }()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Not by os/exec alone: once the command itself has ended, that waits for
	// whoever holds its output, whatever becomes of ctx.
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = a.sys.Environ
	answer, answerEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	said, saidEnd, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, answerEnd.Close())
	}
	defer said.Close()
	cmd.Stdout, cmd.Stderr = answerEnd, saidEnd
	p, err := proc.Start(cmd)
	_, _ = answerEnd.Close(), saidEnd.Close()
	if err != nil {
		return nil, err
	}
	var out, reason []byte
	var outErr error
	var readers, watcher sync.WaitGroup
	over := make(chan struct{})
	readers.Go(func() { out, outErr = io.ReadAll(answer) })
	readers.Go(func() { reason, _ = io.ReadAll(said) })
	limited, cancel := a.limited(ctx)
	defer cancel()
	watcher.Go(func() { watchSource(ctx, limited, p, over, answer, said) })
	watcher.Go(func() { a.note(over, argv) })
	readers.Wait()
	status := p.Reap()
	close(over)
	watcher.Wait()
	if reason = bytes.TrimSpace(reason); len(reason) > 0 {
		reason = append([]byte(": "), reason...)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("no answer within %s (--group-timeout)%s", a.limit, reason)
	case status.Signal != 0:
		return nil, fmt.Errorf("signal: %s%s", status.Signal, reason)
	case status.Code != 0:
		return nil, fmt.Errorf("exit status %d%s", status.Code, reason)
	}
	return out, outErr
}

// limited returns ctx with the limit.
func (a asker) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if a.limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, a.limit)
}

// note says that a command takes long, so that nobody takes it for clsh.
func (a asker) note(over <-chan struct{}, argv []string) {
	late := time.NewTimer(noteAfter)
	defer late.Stop()
	select {
	case <-over:
	case <-late.C:
		if a.notes {
			a.sys.tell("Note: waiting for a group source's command: %s", argv[len(argv)-1])
		}
	}
}

// watchSource kills p when limited ends, and gives the readers of outputs little time
// then, and where ctx has a limit of its own also from p's end.
func watchSource(ctx, limited context.Context, p *proc.Process, over <-chan struct{}, outputs ...*os.File) {
	var exited <-chan struct{}
	if _, limited := ctx.Deadline(); limited {
		exited = p.Exited()
	}
	select {
	case <-over:
		return
	case <-limited.Done():
		_ = p.Signal(syscall.SIGKILL)
	case <-exited:
	}
	for _, output := range outputs {
		_ = output.SetReadDeadline(time.Now().Add(outputGrace))
	}
}
