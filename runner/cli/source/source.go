// Package source runs the commands of group sources.
package source

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
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

// An Asker runs the commands of group sources, one at a time.
type Asker struct {
	Environ []string
	Limit   time.Duration        // for each command; 0: none
	Late    func(command string) // is called for a command that takes long; nil: none
	Running chan struct{}        // of size 1, full while a command runs

	most int64 // for tests: in place of maxOutput, if it is not 0
}

// maxOutput is how much a group source's command may print, in bytes, on each of its outputs. A
// LIST of 2^20 hosts is shorter, and so is an inventory of as many with a few variables each.
const maxOutput = 256 << 20

// An ExitError is a command's exit status that is not 0.
type ExitError struct {
	Code   int
	reason string
}

func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d%s", e.Code, e.reason) }

// ExitCode returns the exit status.
func (e *ExitError) ExitCode() int { return e.Code }

// Run runs a command in a session of its own, all of whose first group is killed
// when ctx ends, or the limit has passed. The last line that it prints on standard error
// is the reason when it fails.
func (a Asker) Run(ctx context.Context, argv []string) ([]byte, error) {
	a.Running <- struct{}{}
	defer func() { <-a.Running }()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Not by os/exec alone: once the command itself has ended, that waits for
	// whoever holds its output, whatever becomes of ctx.
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = a.Environ
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
	readers.Go(func() { out, outErr = a.read(answer, p) })
	readers.Go(func() { reason, _ = a.read(said, p) })
	limited, cancel := a.limited(ctx)
	defer cancel()
	watcher.Go(func() { watchSource(ctx, limited, p, over, answer, said) })
	watcher.Go(func() { a.note(over, argv) })
	readers.Wait()
	status := p.Reap()
	close(over)
	watcher.Wait()
	if reason = lastLine(reason); len(reason) > 0 {
		reason = append([]byte(": "), reason...)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("no answer within %s (--group-timeout)%s", a.Limit, reason)
	case errors.Is(outErr, errTooLong):
		return nil, outErr
	case status.Signal != 0:
		return nil, fmt.Errorf("signal: %s%s", status.Signal, reason)
	case status.Code != 0:
		return nil, &ExitError{status.Code, string(reason)}
	}
	return out, outErr
}

// errTooLong is the error of a command that was stopped because it printed too much.
var errTooLong = errors.New("prints more than")

// read reads what p prints, and kills it once that is too much.
func (a Asker) read(from io.Reader, p *proc.Process) ([]byte, error) {
	most := cmp.Or(a.most, maxOutput)
	text, err := io.ReadAll(io.LimitReader(from, most+1))
	if int64(len(text)) > most {
		_ = p.Signal(syscall.SIGKILL) // nobody reads any further
		return nil, fmt.Errorf("%w %d MiB", errTooLong, most>>20)
	}
	return text, err
}

// lastLine returns the last line of a text that is not blank, where programs say what went wrong.
func lastLine(text []byte) []byte {
	text = bytes.TrimSpace(text)
	return bytes.TrimSpace(text[bytes.LastIndexByte(text, '\n')+1:])
}

// limited returns ctx with the limit.
func (a Asker) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if a.Limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, a.Limit)
}

// note says that a command takes long, so that nobody takes it for clsh.
func (a Asker) note(over <-chan struct{}, argv []string) {
	late := time.NewTimer(noteAfter)
	defer late.Stop()
	select {
	case <-over:
	case <-late.C:
		if a.Late != nil {
			a.Late(command(argv))
		}
	}
}

// command returns how a command is named in a note: a line for a shell by that line.
func command(argv []string) string {
	if argv[0] == "sh" {
		return argv[len(argv)-1]
	}
	return strings.Join(argv, " ")
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
