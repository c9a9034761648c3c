package probe

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds what a probe waits for that is going to come.
const patience = time.Minute

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"http://h/x?a=b#expect=200,300-399": "", "https://u:p@h:8/": "", "tcp://h:1": "", "tcp://[::1]:1": "", "tls://h": "",
		"tls://h:1?days=14&name=x": "", "dns://h/n": "", "dns://[::1]:53/n?type=aaaa&expect=::1": "", "dns:///n": "", "unix:/x": "", "unix:x": "", "unix:///x": "",
		"": `"": unknown kind`, "h:80": `"h:80": unknown kind`, "gopher://h": "unknown kind of probe\nhint: http://", "http://\x7f": "not a URL", "http:///x": "the host is missing",
		"http://h/#top": `unknown parameter "top"`, "http://h/#expect=600": "expect=600: not a list", "http://h/#expect=": "expect= is empty",
		"http://h/#expect=1&expect=2": "expect= is given twice", "http://h/#expect=300-200": "not a list", "http://h/#ca=x": `unknown parameter "ca"`,
		"https://h/#ca=/none": "no such file", "https://u:secret@h/#x=1": `"https://u:xxxxx@h/#x=1": unknown parameter`,
		"tcp://h": "the port is missing\nhint: tcp://HOST:PORT", "tcp://:1": "the host is missing", "tcp://u@h:1": "takes no user", "tcp://h:1/x": "takes no path",
		"tcp://h:1?x=1": "unknown parameter \"x\"\nhint: this kind has none", "tcp://h:1#x": "takes no fragment", "tcp://h:x": "not a URL",
		"tls://h?days=0": "days=0: not a number", "tls://h?days=x": "days=x: not a number", "tls://h?ca=probe_test.go": "no certificate in PEM",
		"dns://h": "the name to look up is missing", "dns://h/a/b": "the name to look up", "dns://h/n?type=ANY": "type=ANY: unknown\nhint: A, AAAA",
		"unix:": "the path is missing", "unix://h/x": "takes no host", "unix:/x?y=1": "takes no parameters",
	} {
		_, err := Parse(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the password is in %v", text, err)
		}
	}
}

// check makes one attempt.
func check(t *testing.T, text string, limit time.Duration) error {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return p.Check(ctx)
}

// want checks that a probe fails with a text, or is good if that is empty.
func want(t *testing.T, text, problem string) {
	t.Helper()
	err := check(t, text, patience)
	if problem == "" && err != nil || problem != "" && (err == nil || !strings.Contains(err.Error(), problem)) {
		t.Errorf("%s: %v, want %q", text, err, problem)
	}
}

// listen returns a listener that accepts and says nothing, until the test ends.
func listen(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestStreams(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("not tried: %v", err)
			continue
		}
		want(t, "tcp://"+l.Addr().String(), "")
		l.Close()
		want(t, "tcp://"+l.Addr().String(), "connection refused")
	}
	path := filepath.Join(t.TempDir(), "s")
	want(t, "unix:"+path, "no such file")
	l := listen(t, "unix", path)
	want(t, "unix:"+path, "")
	want(t, "unix://"+path, "")
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	want(t, "unix:"+path, "connection refused")
}

// A server that accepts and says nothing is no answer; the context ends the wait.
func TestSilence(t *testing.T) {
	t.Parallel()
	l := listen(t, "tcp", "127.0.0.1:0")
	address := l.Addr().String()
	for _, text := range []string{"http://" + address + "/", "https://" + address + "/", "tls://" + address, "dns://" + address + "/n"} {
		if err := check(t, text, 50*time.Millisecond); err == nil || !errors.Is(err, context.DeadlineExceeded) && !strings.HasPrefix(text, "dns") {
			t.Errorf("%s: %v", text, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Parse("http://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- p.Check(ctx) }()
	if c, err := l.Accept(); err == nil {
		defer c.Close()
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A TCP probe costs little more CPU than the connection that it makes, both ends included: 0.05 ms
// where a connection takes as much. What a busy machine adds goes away with patience: the best of
// many batches counts.
func TestCostOfATCPProbe(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0")
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			c.Close()
		}
	}()
	p, err := Parse("tcp://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	const bound, batch = 3, 100
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	cost := func(f func() error) time.Duration {
		begin := processor(t)
		for range batch {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}
		return (processor(t) - begin) / batch
	}
	best := float64(bound + 1)
	for deadline := time.Now().Add(20 * time.Second); best > bound && time.Now().Before(deadline); {
		plain := cost(func() error {
			c, err := net.Dial("tcp", l.Addr().String())
			if err == nil {
				err = c.Close()
			}
			return err
		})
		probe := cost(func() error { return p.Check(t.Context()) })
		best = min(best, float64(probe)/float64(max(plain, 1)))
		t.Logf("%v a probe, %v a connection", probe, plain)
	}
	if best > bound {
		t.Errorf("a probe takes %.1f times the CPU of a connection, want at most %d", best, bound)
	}
}

// processor returns the CPU time that this process has used.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestMain(m *testing.M) {
	// A proxy of the developer's is not asked.
	os.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	os.Exit(m.Run())
}
