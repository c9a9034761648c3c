package sshtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// RelayName is the name by which the test binary plays Relay (TestMain).
const RelayName = "sshtest-relay"

// A Link is what lies between ssh and a host's sshd.
type Link struct {
	// Delay is how long each byte is on its way, in either direction.
	Delay time.Duration
	// Up and Down are after how many bytes to the host, or from it, the link
	// fails; 0: never. The bytes before arrive.
	Up, Down int64
	// Freeze: where it fails it falls silent, and stands; else it breaks.
	Freeze bool
}

// Through makes name a host behind such a link.
func (s *Site) Through(name string, l Link) {
	s.t.Helper()
	s.Host(name, fmt.Sprintf("ProxyCommand %s -delay %s -up %d -down %d -freeze=%t sh %s '%%n'",
		RelayName, l.Delay, l.Up, l.Down, l.Freeze, filepath.Join(s.Dir, "proxy")))
}

var errLinkFailed = errors.New("the link has failed")

// Relay plays the link: it runs a command, the server, and passes on what comes
// from in to its input, and its output to out. It returns when the link has
// broken, or one side has ended; its caller is to end then, so that the other
// one notices. args are those that Through writes.
func Relay(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet(RelayName, flag.ContinueOnError)
	var l Link
	flags.DurationVar(&l.Delay, "delay", 0, "each way")
	flags.Int64Var(&l.Up, "up", 0, "bytes to the host")
	flags.Int64Var(&l.Down, "down", 0, "bytes from the host")
	flags.BoolVar(&l.Freeze, "freeze", false, "fall silent, do not break")
	if err := flags.Parse(args); err != nil {
		return err
	}
	// Not through pipes of os/exec: Wait would close what is still read.
	serverIn, up, err := os.Pipe()
	if err != nil {
		return err
	}
	down, serverOut, err := os.Pipe()
	if err != nil {
		return err
	}
	server := exec.Command(flags.Arg(0), flags.Args()[1:]...)
	server.Stdin, server.Stdout = serverIn, serverOut
	if err := server.Start(); err != nil {
		return err
	}
	_, _ = serverIn.Close(), serverOut.Close()
	ctx, fail := context.WithCancelCause(context.Background())
	go l.carry(ctx, fail, up, in, l.Up)
	go l.carry(ctx, fail, out, down, l.Down)
	<-ctx.Done()
	if l.Freeze && errors.Is(context.Cause(ctx), errLinkFailed) {
		select {} // until ssh ends us
	}
	return nil
}

// carry passes on what comes, late, and no more than limit bytes of it.
func (l Link) carry(ctx context.Context, fail context.CancelCauseFunc, to io.Writer, from io.Reader, limit int64) {
	type parcel struct {
		data []byte
		due  time.Time
	}
	way := make(chan parcel, 1024)
	go func() {
		defer close(way)
		for {
			buf := make([]byte, 16<<10)
			n, err := from.Read(buf)
			if n > 0 {
				way <- parcel{buf[:n], time.Now().Add(l.Delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	passed := int64(0)
	for p := range way {
		<-time.After(time.Until(p.due))
		failed := limit > 0 && passed+int64(len(p.data)) >= limit
		if failed {
			p.data = p.data[:limit-passed]
		}
		if ctx.Err() != nil { // the other direction has failed
			return
		}
		if _, err := to.Write(p.data); err != nil {
			break
		}
		if passed += int64(len(p.data)); failed {
			fail(errLinkFailed)
			return
		}
	}
	fail(io.EOF)
}
