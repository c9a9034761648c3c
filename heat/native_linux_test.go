package heat

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clsh/heat/checker"
	"clsh/heat/ping"
	"clsh/heat/policy"
)

func TestWrongCallsOfProbesAndPings(t *testing.T) {
	t.Chdir(t.TempDir())
	script(t, ".", "yes", "")
	for args, want := range map[string]string{
		"--probe tcp://h:1 true":            `--probe: cannot be combined with the command "true"`,
		"--probe tcp://h:1 -s ./yes":        "--probe: cannot be combined with --script",
		"--probe tcp://h":                   `--probe: "tcp://h": the port is missing`,
		"--probe tcp://h --simulate ok":     `--probe: "tcp://h": the port is missing`,
		"--ping x true":                     "--ping: not an http:// or https:// URL",
		"--probe tcp://h:1 --ping http://h": "",
		"--probe tcp://h:1 --simulate ok":   "",
	} {
		_, err := configure(t, strings.Fields(args)...)
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func TestProbeReport(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err     error
		stopped bool
		want    checker.Report
	}{
		{nil, false, checker.Report{Outcome: policy.Exited}},
		{errors.New("a\nb"), false, checker.Report{Outcome: policy.Exited, Code: 1, Stderr: checker.Output{Data: []byte("a b\n")}}},
		{context.DeadlineExceeded, false, checker.Report{Outcome: policy.TimedOut, Code: 124, Stderr: checker.Output{Data: []byte("context deadline exceeded\n")}}},
		{context.Canceled, true, checker.Report{Stopped: true}},
		{nil, true, checker.Report{Stopped: true}},
	} {
		if diff := cmp.Diff(tt.want, probeReport(tt.err, tt.stopped)); diff != "" {
			t.Errorf("%v: -want +got:\n%s", tt.err, diff)
		}
	}
}

// A server that goes and comes back, seen by a heat of its own: repaired, and at the limit where it
// says nothing. No helper process is started.
func TestProbeOfAServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // nobody accepts: the kernel does, and nothing answers
	dir := t.TempDir()
	script(t, dir, "repair", "echo $HEAT_FAIL_CODE $HEAT_FAIL_REASON x$HEAT_FAIL_PID >>repairs")
	r := start(t, dir, "-i", "0.2", "--timeout", "0.1", "--threshold", "2", "--recovery", "./repair", "--min-recovery-gap", "1h", "--probe", "http://"+l.Addr().String()+"/")
	eventually(t, "it is repaired", func() bool { return r.file("repairs") == "124 timeout x\n" })
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	go func() { _ = server.Serve(l) }()
	eventually(t, "the repair is proven", func() bool { return r.err.lines("recovered after 1 recovery") == 1 })
	eventually(t, "it is good", func() bool { return r.out.lines(": OK") > 1 })
	if pid := helperOf(t, r.cmd.Process.Pid); pid != 0 {
		t.Errorf("heat has a helper, process %d", pid)
	}
	server.Close()
	eventually(t, "it fails", func() bool { return strings.Contains(r.file("heat.log"), "connect: connection refused\n") })
	r.signal(syscall.SIGTERM)
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
}

// A signal ends a probe that waits.
func TestProbeIsStopped(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := start(t, t.TempDir(), "--probe", "http://"+l.Addr().String()+"/")
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r.signal(syscall.SIGTERM)
	if code := r.wait(); code != 143 || r.out.String() != "" {
		t.Errorf("exit status %d, %s", code, r.out)
	}
}

// hanging is a service of pings that never answers.
type hanging struct{ requests int }

func (h *hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h.requests++
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A service of pings that hangs delays no check.
func TestPingsDelayNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 6, "-i", "10", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n > 3 {
				return bad(1), second
			}
			return good(), second
		}
		service := &hanging{}
		w.loop.ping = ping.Start(t.Context(), ping.Config{
			URL: &url.URL{Scheme: "http", Host: "h"}, Every: 10 * second, Random: func() float64 { return 1 }, Send: service,
			Failed: func(err error) { w.loop.logf("%v", err) },
		})
		w.loop.run()
		w.loop.ping.Close()
		wantBegins(t, w, 0, 10*second, 20*second, 30*second, 40*second, 50*second)
		if service.requests < 4 || !strings.Contains(w.err.String(), "ping h: context deadline exceeded") {
			t.Errorf("%d requests, %s", service.requests, w.err.String())
		}
	})
}

// heat pings while it runs, and says what fails.
func TestPing(t *testing.T) {
	got := make(chan string, 1000)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		body := make([]byte, 4096)
		n, _ := r.Body.Read(body)
		got <- r.Method + " " + r.URL.Path + " " + string(body[:n])
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	dir := t.TempDir()
	script(t, dir, "check", "test ! -e bad")
	r := start(t, dir, "-i", "0.1", "--ping", "http://"+l.Addr().String()+"/uuid", "--name", "web", "./check")
	for range 2 {
		if ping := <-got; ping != "GET /uuid " {
			t.Errorf("%q", ping)
		}
	}
	script(t, dir, "bad", "")
	for ping := range got {
		if strings.HasPrefix(ping, "POST /uuid/fail ") {
			if !strings.HasSuffix(ping, ": web: Failed: Exit Code 1, details in heat.log\n") {
				t.Errorf("%q", ping)
			}
			break
		}
	}
	r.signal(syscall.SIGTERM)
	if code := r.wait(); code != 143 || strings.Contains(r.err.String(), "ping") {
		t.Errorf("exit status %d, %s", code, r.err)
	}
}
