package rollouts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A webService is a web server on each of three hosts with an sshd of its own. Version 2 is broken.
type webService struct {
	t    *testing.T
	site *sshtest.Site
}

const serviceHosts = "web[1-3]"

func newWebService(t *testing.T) *webService {
	t.Helper()
	sshtest.Need(t, "curl", "python3", "setsid")
	s := &webService{t, sshtest.New(t)}
	for _, host := range []string{"web1", "web2", "web3"} {
		s.site.Daemon(host)
		t.Cleanup(func() { s.stop(host) })
	}
	return s
}

// stop ends the service of a host.
func (s *webService) stop(host string) {
	text, err := os.ReadFile(s.file(host, "pid"))
	if pid, parseErr := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && parseErr == nil && pid > 1 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func (s *webService) file(host, name string) string {
	return filepath.Join(s.site.Home, host, name)
}

// release returns the command that starts a version on a host.
func (s *webService) release(version string) string {
	program, err := filepath.Abs("testdata/service/release")
	if err != nil {
		s.t.Fatal(err)
	}
	return program + " " + s.file("$CLSH_HOST", "") + " " + version
}

// gate returns a gate that passes once the host that has changed gives good answers.
func (s *webService) gate() string {
	return `heat -i 0.1 --until-ok 2 --within 10 --log /dev/null sh -c 'curl -fsS http://127.0.0.1:$(cat ` +
		s.file("$CLSH_GATE_HOSTS", "port") + `)/' >/dev/null 2>&1`
}

// wantVersions compares what the hosts answer. A version with an exclamation mark answers with an
// error.
func (s *webService) wantVersions(want ...string) {
	s.t.Helper()
	for i, host := range []string{"web1", "web2", "web3"} {
		port, err := os.ReadFile(s.file(host, "port"))
		if err != nil {
			s.t.Error(err)
			continue
		}
		version, broken := strings.CutSuffix(want[i], "!")
		out, err := exec.Command("curl", "-sS", "-w", "%{http_code}", "http://127.0.0.1:"+string(port)+"/").CombinedOutput()
		code := "200"
		if broken {
			code = "500"
		}
		if text := "version " + version + "\n" + code; err != nil || string(out) != text {
			s.t.Errorf("%s answers %q, %v; want %q", host, out, err, text)
		}
	}
}

// A service is released host by host behind a gate, breaks on the canary, and is rolled back there
// by a rerun; then the rest is rerun until no host is left.
func TestReleaseOfAService(t *testing.T) {
	t.Parallel()
	s := newWebService(t)
	dir := t.TempDir()
	run := func(args ...string) *clshtest.Command {
		cmd := clshtest.InOwnSession(clshtest.Cmd(t, s.site, args...)) // a rerun is of the last run in this directory
		cmd.Dir = dir
		return clshtest.StartCmd(t, cmd)
	}

	run("--batch", "1", "--gate", s.gate(), "-h", serviceHosts, s.release("1")).
		Want(0, "web1: version 1 is up", "web2: version 1 is up", "web3: version 1 is up")
	s.wantVersions("1", "1", "1")

	c := run("--batch", "1,100%", "--gate", s.gate(), "-h", serviceHosts, s.release("2"))
	c.Want(3, "web1: version 2 is up")
	c.WantError(`note: stopped after batch 1 of 2: gate, exit code 3`, `not started: web\[2-3\] \(2\)`, `rerun: clsh --rerun rest@`)
	s.wantVersions("2!", "1", "1")

	run("--rerun", "ok", s.release("1")).Want(0, "web1: version 1 is up")
	s.wantVersions("1", "1", "1")

	// Each turn releases on one host, and then fails: the one after it does the rest.
	lock := filepath.Join(s.site.Home, "lock")
	once := `test -e ` + s.file("$CLSH_HOST", "done") + ` || { mkdir ` + lock + ` || exit 1; touch ` + s.file("$CLSH_HOST", "done") + `; ` + s.release("3") + `; exit 1; }`
	c = run("-q", "-h", serviceHosts, once)
	c.Wait()
	turns := 1
	for code := 1; code != 0; turns++ {
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		if code = run("-q", "--rerun", "rest").Wait(); code != 0 && code != 1 {
			t.Fatalf("turn %d ends with %d", turns, code)
		}
	}
	if turns != 4 {
		t.Errorf("%d turns, want 4: one host each, and one that finds nothing to do", turns)
	}
	s.wantVersions("3", "3", "3")
}
