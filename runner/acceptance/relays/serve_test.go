package relays

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A relay is a clsh --serve-relay whose root is the test.
type served struct {
	*clshtest.Command
	in io.WriteCloser
}

// serve starts a relay with a job that has two hosts of three.
func serve(t *testing.T, s *sshtest.Site, patience string, command string, environ ...string) served {
	t.Helper()
	cmd := clshtest.Cmd(t, s, "--no-config", "--serve-relay")
	cmd.Env = append(cmd.Env, environ...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r := served{clshtest.StartCmd(t, cmd), in}
	r.WaitFor(r.Out, "^\x1eclsh-relay 2 ", 1)
	r.says(`job {"protocol":2,"command":%q,"count":3,"most":2,"room":65536,"options":["--ssh-config=%s","--kill-after=1s"],"patience":%s}`, command, s.Config(), patience)
	r.says("grant 0 a")
	r.says("grant 2 c")
	return r
}

func (r served) says(format string, args ...any) {
	r.T.Helper()
	if _, err := fmt.Fprintf(r.in, format+"\n", args...); err != nil {
		r.T.Fatal(err)
	}
}

// A relay stops its commands whenever its root may be gone, when somebody ends it, and when a line
// makes no sense.
func TestRelayStops(t *testing.T) {
	t.Parallel()
	const forever = "0"
	for name, test := range map[string]struct {
		end      func(served)
		patience string
		code     int
		why      string
	}{
		"end of input": {func(r served) { _ = r.in.Close() }, forever, 0, ""},
		"TERM":         {func(r served) { r.Signal(syscall.SIGTERM) }, forever, 1, "clsh: ended by SIGTERM"},
		"HUP":          {func(r served) { r.Signal(syscall.SIGHUP) }, forever, 1, "clsh: ended by SIGHUP"},
		"stop INT":     {func(r served) { r.says("stop INT") }, forever, 0, ""},
		"kill":         {func(r served) { r.says("kill"); _ = r.in.Close() }, forever, 0, ""},
		"no ping":      {func(served) {}, "3000000000", 1, "clsh: nothing was heard from the root for 3s"},
		"garbage":      {func(r served) { r.says("grant 1") }, forever, 1, "clsh: grant: .* is not the name of a host"},
		"twice":        {func(r served) { r.says("grant 0 a") }, forever, 1, "clsh: grant: host of rank 0 was granted before"},
		"too many":     {func(r served) { r.says("grant 1 b") }, forever, 1, "clsh: grant: more than 2 hosts at a time"},
		"endless line": {func(r served) {
			_, _ = io.WriteString(r.in, strings.Repeat("x", 2<<20))
		}, forever, 1, "clsh: a line of more than 1048576 bytes"},
	} {
		if !sshtest.Full() && name == "HUP" {
			continue // as TERM
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			mark := sshtest.Mark()
			r := serve(t, s, test.patience, counted(s, mark, "sleep 300 & sleep 301 & wait"))
			if name != "no ping" {
				r.WaitFor(r.Out, `"stdout",("data":"up"|"line":1)`, 2) // both say the same
			}
			test.end(r)
			r.Want(test.code)
			if test.why != "" {
				r.WantError(test.why)
			}
			r.WaitFor(r.Out, `"type":"exit","host":"[ac]","rank":[02],"outcome":"(stopped|not_started)"`, 2)
			s.WaitGone(mark)
			for host, times := range began(t, s) {
				if times != 1 {
					t.Errorf("the command began %d times on %s", times, host)
				}
			}
		})
	}
}

// A ping is answered, ranks are those of the whole, and after a drain the relay ends with its hosts.
func TestRelayDrains(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	release := filepath.Join(s.Home, "release")
	r := serve(t, s, "0", `echo "up $CLSH_RANK of $CLSH_COUNT"; while ! test -e `+release+`; do sleep 0.1; done`)
	r.WaitFor(r.Out, `"host":"c","stream":"stdout","data":"up 2 of 3"`, 1)
	r.says("ping")
	r.WaitFor(r.Out, `^$\n`, 1)
	r.says("drain")
	clshtest.Touch(t, release)
	r.Want(0)
	r.WaitFor(r.Out, `"rank":[02],"outcome":"exited","code":0`, 2)
	s.WaitGone()
}

// A relay takes nothing of its own: no configuration, no variable, no record.
func TestRelayHasNothingOfItsOwn(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	r := serve(t, s, "0", "true", "CLSH_USER=nobody", "CLSH_HOSTS=d", "CLSH_RECORD=all", "CLSH_NO_AGENT=1")
	r.WaitFor(r.Out, `"rank":[02],"outcome":"exited","code":0`, 2)
	_ = r.in.Close()
	r.Want(0)
	if out, err := exec.Command("find", s.State()).Output(); err == nil {
		t.Errorf("it wrote %s", out)
	}
}
