package heat

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clsh/heat/failover"
	"clsh/runner/sshtest"
)

// freePorts returns ports of loopback that nobody has.
func freePorts(t *testing.T, n int) (ports []any) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// A visitor asks for a page every 50 ms and counts what it sees.
type visitor struct {
	mu   sync.Mutex
	seen []string      // in turn: "server", "static", "error"
	stop chan struct{} // closed at the end
	wg   sync.WaitGroup
}

func visit(t *testing.T, url string) *visitor {
	t.Helper()
	v := &visitor{stop: make(chan struct{})}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	v.wg.Go(func() {
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			what := "error"
			if response, err := client.Get(url); err == nil {
				text, _ := io.ReadAll(response.Body)
				response.Body.Close()
				if response.StatusCode == http.StatusOK {
					what = strings.TrimSpace(string(text))
				}
			}
			v.mu.Lock()
			v.seen = append(v.seen, what)
			v.mu.Unlock()
			select {
			case <-tick.C:
			case <-v.stop:
				tick.Stop()
				return
			}
		}
	})
	t.Cleanup(v.end)
	return v
}

func (v *visitor) end() {
	select {
	case <-v.stop:
	default:
		close(v.stop)
	}
	v.wg.Wait()
}

// runs returns what was seen, equal ones in a row counted: "9 server, 8 error, 30 static, 4 server".
func (v *visitor) runs() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var runs []string
	for i, n := 0, 0; i < len(v.seen); i++ {
		if n++; i+1 == len(v.seen) || v.seen[i+1] != v.seen[i] {
			runs = append(runs, fmt.Sprintf("%d %s", n, v.seen[i]))
			n = 0
		}
	}
	return strings.Join(runs, ", ")
}

// sees reports whether the last five were the same. While nginx changes over, its old workers
// still answer a few requests in the old way.
func (v *visitor) sees(what string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := len(v.seen)
	return n >= 5 && !slices.ContainsFunc(v.seen[n-5:], func(s string) bool { return s != what })
}

// errorsAfter returns how many errors there were after the page what was seen five times in a row.
func (v *visitor) errorsAfter(what string) (errors int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	row := 0
	for _, s := range v.seen {
		switch {
		case row >= 5 && s == "error":
			errors++
		case row < 5 && s == what:
			row++
		case row < 5:
			row = 0
		}
	}
	return errors
}

// nginx writes a configuration and returns the call that starts it.
func nginx(t *testing.T, dir, name, servers string) string {
	t.Helper()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n" // it has the directory
	}
	paths := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		paths += fmt.Sprintf("%s_temp_path %s/tmp-%s;\n", kind, dir, kind)
	}
	text := fmt.Sprintf("%spid %s/%s.pid;\nerror_log %[2]s/%[3]s.err;\nevents {}\nhttp {\naccess_log off;\n%[4]s%[5]s}\n", user, dir, name, paths, servers)
	if err := os.WriteFile(filepath.Join(dir, name+".conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { killPidfile(filepath.Join(dir, name+".pid"), syscall.SIGTERM) })
	return fmt.Sprintf("nginx -p %s -c %[1]s/%s.conf -e %[1]s/%[2]s.err", dir, name)
}

// killPidfile signals the process that a file names, if there is one.
func killPidfile(file string, s syscall.Signal) {
	text, _ := os.ReadFile(file)
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err == nil && pid > 1 {
		_ = syscall.Kill(pid, s)
	}
}

// The case that started it all: a server dies, its visitors get a static page while it is repaired,
// and then the server again. nginx in front of both is switched by hooks; a visitor counts what it
// saw.
func TestAServerDies(t *testing.T) {
	sshtest.Need(t, "nginx")
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin")
	h := newHerd(t)
	ports := freePorts(t, 3)
	app := nginx(t, h.dir, "app", fmt.Sprintf("server { listen 127.0.0.1:%d; location / { return 200 server; } }\n", ports[0]))
	route := func(file, text string) {
		if err := os.WriteFile(filepath.Join(h.dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	toServer := fmt.Sprintf("proxy_pass http://127.0.0.1:%d;\n", ports[0])
	route("server.route", toServer)
	route("static.route", "return 200 static;\n")
	route("route", toServer)
	front := nginx(t, h.dir, "front", fmt.Sprintf("server { listen 127.0.0.1:%d; location / { include %s/route; } }\n"+
		"server { listen 127.0.0.1:%d; location / { return 200 static; } }\n", ports[1], h.dir, ports[2]))
	for _, call := range []string{app, front} {
		if out, err := exec.Command("sh", "-c", call).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v, %s", call, err, out)
		}
	}
	to := func(side string) string {
		return fmt.Sprintf("sh -c 'cp %s.route route.new && mv route.new route && exec %s -s reload'", side, front)
	}
	h.checks = []FileCheck{
		// The repair takes a while, so that there is something to see.
		fileCheck(t, "server", nil, "-i", "0.1", "--threshold", "3", "--recovery", "sh -c 'test -e repairable && exec "+app+"'", "--min-recovery-gap", "0.3", "--probe", fmt.Sprintf("http://127.0.0.1:%d/", ports[0])),
		{Name: "site", Command: fileCheck(t, "site", nil, "-i", "0.1", "--rise", "3", "--state", "site.state").Command, Switch: &failover.Switch{
			Primary: "server", Secondary: "static", Failover: to("static"), Failback: to("server"), Hold: hold("0.5"),
		}},
		fileCheck(t, "static", nil, "-i", "0.1", "--probe", fmt.Sprintf("http://127.0.0.1:%d/", ports[2])),
	}
	visitor := visit(t, fmt.Sprintf("http://127.0.0.1:%d/", ports[1]))
	h.start()
	eventually(t, "the visitor sees the server", func() bool { return visitor.sees("server") && h.out.lines(": static: OK") > 0 })
	killPidfile(filepath.Join(h.dir, "app.pid"), syscall.SIGTERM) // nginx's workers go with it
	eventually(t, "the visitor sees the static page", func() bool { return visitor.sees("static") })
	eventually(t, "it is stored", func() bool { return strings.Contains(h.file("site.state"), `"side":"secondary"`) })
	h.touch("repairable")
	eventually(t, "the visitor sees the server again", func() bool { return visitor.sees("server") })
	eventually(t, "that is stored", func() bool { return strings.Contains(h.file("site.state"), `"side":"primary"`) })
	visitor.end()
	h.end()
	runs := visitor.runs()
	t.Log("the visitor saw, every 50 ms: ", runs)
	// Errors are seen until the failover, and none after it.
	if visitor.errorsAfter("static") > 0 {
		t.Errorf("the visitor saw %s", runs)
	}
	for _, line := range []string{
		"site: failover to static: server has failed\n", "site: failover, exit code 0\n", "server: recovered after ",
		"site: failback to server, which has been good for 0.5s\n", "site: failback, exit code 0\n",
	} {
		if strings.Count(h.file("stderr"), line) != 1 {
			t.Errorf("not once: %q", line)
		}
	}
}
