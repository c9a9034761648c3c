package heat

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"clsh/heat/exit"
	"clsh/heat/options"
	"clsh/heat/reaper"
)

// TestMain makes the test binary heat itself, under that name, and the helper.
func TestMain(m *testing.M) {
	if code, is := HelperMain(os.Args, os.Stderr); is {
		os.Exit(code)
	}
	if filepath.Base(os.Args[0]) == "heat" {
		os.Exit(heatMain())
	}
	if filepath.Base(os.Args[0]) == "heat-test-server" {
		os.Exit(serverMain(os.Args))
	}
	os.Exit(m.Run())
}

// heatMain is a program around Command, as the real one is.
func heatMain() int {
	cmd, err := parse(os.Args[1:]...)
	if err != nil {
		fmt.Fprintln(os.Stderr, "heat:", err)
		return exit.Usage
	}
	signals := make(chan os.Signal, 8)
	for _, s := range Signals() {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	client := reaper.Connect()
	sys := System{
		Name: "heat", Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Signals: signals, Reaper: client,
	}
	if code, is := ReaperMain(cmd, os.Args, sys); is {
		return code
	}
	return Main(context.Background(), cmd, sys)
}

func parse(args ...string) (*options.Command, error) {
	cmd := &options.Command{}
	k, err := kong.New(cmd, kong.Name("heat"))
	if err != nil {
		return nil, err
	}
	_, err = k.Parse(args)
	return cmd, err
}

// patience is how long a test waits for what must happen.
const patience = 60 * time.Second

// eventually waits until ok, looking again and again.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(patience)
	// Many look at every process of the machine: where it takes long, less often.
	for wait := 5 * time.Millisecond; !ok(); wait = min(wait*5/4, 50*time.Millisecond) {
		select {
		case <-time.After(wait):
		case <-limit:
			t.Fatal("still not so: ", what)
		}
	}
}

// A running is heat as a process of its own.
type running struct {
	t        *testing.T
	cmd      *exec.Cmd
	dir      string
	out, err *printed
	exited   chan struct{}
}

// printed collects what a process writes. What it has written before it ended comes
// before exitMark, which startCmd writes then.
type printed struct {
	mu       sync.Mutex
	buf      bytes.Buffer
	complete chan struct{} // closed at exitMark
}

const exitMark = "\x00heat has ended\x00"

func (o *printed) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(b)
	if before, after, found := strings.Cut(o.buf.String(), exitMark); found {
		o.buf.Reset()
		o.buf.WriteString(before + after)
		close(o.complete)
	}
	return len(b), nil
}

func (o *printed) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// lines returns how many lines with the word there are.
func (o *printed) lines(word string) int { return strings.Count(o.String(), word) }

// unprivileged is a user that is nobody in particular.
const unprivileged = 65534

// command returns heat as a command in dir, to be run as uid; its own
// user's, where that is 0.
func command(t *testing.T, dir string, uid uint32, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: exe, Args: append([]string{"heat"}, args...), Dir: dir}
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if uid != 0 {
		// The test binary lies where only its owner can go.
		shared := filepath.Join(dir, ".heat-test")
		if err := os.Link(exe, shared); err != nil {
			copyFile(t, exe, shared)
		}
		cmd.Path = shared
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
		if err := os.Chmod(shared, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return cmd
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// start starts heat in dir.
func start(t *testing.T, dir string, args ...string) *running {
	t.Helper()
	return startCmd(t, command(t, dir, 0, args...))
}

func startCmd(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r := &running{
		t: t, cmd: cmd, dir: cmd.Dir, exited: make(chan struct{}),
		out: &printed{complete: make(chan struct{})}, err: &printed{complete: make(chan struct{})},
	}
	// Pipes of ours, not os/exec's: what a script leaves running keeps
	// standard error open, and Wait must not wait for that.
	outR, outW := pipe(t)
	errR, errW := pipe(t)
	cmd.Stdout, cmd.Stderr = outW, errW
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var collectors sync.WaitGroup
	collectors.Go(func() { _, _ = io.Copy(r.out, outR) })
	collectors.Go(func() { _, _ = io.Copy(r.err, errR) })
	go func() {
		defer close(r.exited)
		_ = cmd.Wait()
		for w, o := range map[*os.File]*printed{outW: r.out, errW: r.err} {
			_, _ = w.WriteString(exitMark)
			_ = w.Close()
			<-o.complete
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-r.exited
		outR.Close()
		errR.Close()
		collectors.Wait()
		if t.Failed() {
			t.Logf("heat %q\nstdout:\n%sstderr:\n%s", cmd.Args[1:], r.out, r.err)
		}
	})
	return r
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// signal sends s to heat alone.
func (r *running) signal(s syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// wait waits for heat's end and returns its exit status.
func (r *running) wait() int {
	r.t.Helper()
	select {
	case <-r.exited:
	case <-time.After(patience):
		r.t.Fatal("heat does not end")
	}
	ws := r.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		return 1000 + int(ws.Signal())
	}
	return ws.ExitStatus()
}

// file returns the text of a file in heat's directory.
func (r *running) file(name string) string {
	b, _ := os.ReadFile(filepath.Join(r.dir, name))
	return string(b)
}

// script writes an executable into dir and returns its name, which begins with ./.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return "./" + name
}

// sharedDir returns a directory that every user can write.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "heat-test-")
	if err == nil {
		err = os.Chmod(dir, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
