package heat

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// serverMain is a small service: it answers over HTTP at the port in its first
// argument, and writes a megabyte to standard output when asked for /flood.
func serverMain(args []string) int {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "here") })
	http.HandleFunc("/flood", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := os.Stdout.Write(make([]byte, 1<<20)); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	if err := http.ListenAndServe("127.0.0.1:"+args[1], nil); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
	}
	return 1
}

// freePort returns a port that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// need skips where a program is missing, but not in CI.
func need(t *testing.T, program string) {
	t.Helper()
	sshtest.Need(t, program)
}

// service writes ./server into dir, which starts the server of a free port in
// the given way and leaves its number in server.pid.
func service(t *testing.T, dir, how string) (port string) {
	t.Helper()
	port = freePort(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, filepath.Join(dir, "heat-test-server")); err != nil {
		t.Fatal(err)
	}
	// Once: a busy machine may see the service fail again while the test makes it so.
	script(t, dir, "recover", "test ! -e server.pid || exit 0\n"+fmt.Sprintf(how, "./heat-test-server "+port)+" &\necho $! >server.pid")
	t.Cleanup(func() {
		b, _ := os.ReadFile(filepath.Join(dir, "server.pid"))
		if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return port
}

func get(port, path string) error {
	client := http.Client{Timeout: patience}
	resp, err := client.Get("http://127.0.0.1:" + port + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}
