package heat

import (
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

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
