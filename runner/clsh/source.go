package clsh

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

// askSource runs a command of a group source in a session of its own, all of
// whose first group is killed when ctx ends. What it says on standard error is
// the reason when it fails. running is full meanwhile.
func askSource(ctx context.Context, sys *System, running chan struct{}, argv []string) ([]byte, error) {
	running <- struct{}{}
	defer func() { <-running }()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Not by os/exec alone: once the command itself has ended, that waits for
	// whoever holds its output, whatever becomes of ctx.
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = sys.Environ
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
	watcher.Go(func() { watchSource(ctx, p, over, answer, said) })
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
	case status.Signal != 0:
		return nil, fmt.Errorf("signal: %s%s", status.Signal, reason)
	case status.Code != 0:
		return nil, fmt.Errorf("exit status %d%s", status.Code, reason)
	}
	return out, outErr
}

// watchSource kills p when ctx ends, and gives the readers of outputs little time
// then, and where ctx has a limit also from p's end.
func watchSource(ctx context.Context, p *proc.Process, over <-chan struct{}, outputs ...*os.File) {
	var exited <-chan struct{}
	if _, limited := ctx.Deadline(); limited {
		exited = p.Exited()
	}
	select {
	case <-over:
		return
	case <-ctx.Done():
		_ = p.Signal(syscall.SIGKILL)
	case <-exited:
	}
	for _, output := range outputs {
		_ = output.SetReadDeadline(time.Now().Add(outputGrace))
	}
}
