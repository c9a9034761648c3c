package stops

import (
	"path/filepath"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// endMarked kills what holds mark at the end of the test.
func endMarked(t *testing.T, mark string) {
	t.Helper()
	t.Cleanup(func() {
		for _, p := range sshtest.Marked(t, mark) {
			_ = syscall.Kill(p.PID, syscall.SIGKILL)
		}
	})
}

// sleeping returns how many processes with mark run a command.
func sleeping(t *testing.T, mark, command string) int {
	t.Helper()
	n := 0
	for _, p := range sshtest.Marked(t, mark) {
		if p.Command == command {
			n++
		}
	}
	return n
}

// service returns a command that starts a service with mark, and waits until it has a session of its
// own: setsid -f does not.
func service(s *sshtest.Site, mark string) string {
	file := filepath.Join(s.Home, "serves")
	return `env MARK=` + mark + ` setsid -f sh -c 'touch ` + file + `; exec sleep 300' </dev/null >/dev/null 2>&1; until test -e ` + file + `; do sleep 0.02; done`
}

// What a stop leaves is named in the interactive mode, under the results of the
// line, and with it an orphan that writes to the session and has another
// environment. A line that leaves nothing names nothing.
func TestLeftRunningInteractive(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "setsid")
	s := sshtest.New(t)
	mark := sshtest.Mark()
	endMarked(t, mark)
	p := clshtest.Interactive(t, s, "--kill-after", "1", "-h", "a,b")
	for _, c := range []struct {
		line, named string
		services    int // that are there by then
	}{
		{`sleep 301`, "", 0},
		{`test $CLSH_HOST = a && ` + service(s, mark) + `; sleep 301`, `^left running: a: sleep \([0-9]+\)\r?$`, 1},
		{`(env -i MARK=` + mark + ` setsid sleep 302 &); sleep 301`, `^left running: [ab]: sleep \([0-9]+\)\r?$`, 3},
		{`sleep 301`, "", 3},
	} {
		p.Types("echo up; " + c.line + "\r")
		p.Sees(`^-----\r?$`, 2*(p.Prompts-1)+1)
		sshtest.WaitFor(t, "both hosts sleep, and the services", func() bool {
			return sleeping(t, s.Mark, "sleep 301") == 2 && sleeping(t, mark, "sleep 300")+sleeping(t, mark, "sleep 302") == c.services
		})
		p.Types("\x03")
		p.Finished()
	}
	p.Does("echo alive")
	p.Sees(`^left running: a: sleep`, 2)
	p.Sees(`^left running: b: sleep`, 1)
	p.Sees(`^left running: `, 3)
	if n := len(sshtest.Marked(t, mark)); n != 3 {
		t.Errorf("%d of 3 services are there", n)
	}
	p.Leaves(0)
}

// The same on a terminal of the host's, and when the record of the run is shown
// again.
func TestLeftRunningShown(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "setsid")
	for _, option := range []string{"--no-login", "--tty"} {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			if option == "--tty" {
				s.NeedTerminals()
			}
			mark := sshtest.Mark()
			endMarked(t, mark)
			record := filepath.Join(t.TempDir(), "record")
			c := clshtest.Start(t, s, option, "--kill-after", "20", "--json", record, "-h", "a,b",
				`test $CLSH_HOST = a && `+service(s, mark)+`; echo up; sleep 301`)
			c.WaitFor(c.Out, `^[ab]: up\r*$`, 2)
			c.Signal(syscall.SIGINT)
			c.Want(130)
			const named, confirmed = `left running: a: sleep \([0-9]+\)`, `stopped.*: b\b`
			c.WantError(named, `.*not confirmed: a`, confirmed)
			c.WantNoError(`left running: b`)
			c = clshtest.Start(t, s, "--replay", record)
			c.Want(130)
			c.WantError(named, `.*not confirmed: a`, confirmed)
			c.WantNoError(`left running: b`)
			if len(sshtest.Marked(t, mark)) == 0 {
				t.Error("the service was stopped")
			}
		})
	}
}
