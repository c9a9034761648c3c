package acceptance

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
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

// What a stop leaves is named in the interactive mode, under the results of the
// line, and with it an orphan that writes to the session and has another
// environment. A line that leaves nothing names nothing.
func TestLeftRunningInteractive(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "setsid")
	s := sshtest.New(t)
	mark := sshtest.Mark()
	endMarked(t, mark)
	p := interactive(t, s, "--kill-after", "1", "-h", "a,b")
	for _, c := range []struct{ line, named string }{
		{`sleep 301`, ""},
		{`test $CLSH_HOST = a && env MARK=%s setsid -f sleep 300 </dev/null >/dev/null 2>&1; sleep 301`, `^left running: a: sleep \([0-9]+\)\r?$`},
		{`(env -i MARK=%s setsid sleep 302 &); sleep 301`, `^left running: [ab]: sleep \([0-9]+\)\r?$`},
		{`sleep 301`, ""},
	} {
		line := c.line
		if c.named != "" {
			line = fmt.Sprintf(line, mark)
		}
		p.types("echo up; " + line + "\r")
		p.sees(`^-----\r?$`, 2*(p.prompts-1)+1)
		sshtest.WaitFor(t, "both hosts sleep", func() bool {
			sleeps := 0
			for _, process := range sshtest.Marked(t, s.Mark) {
				if process.Command == "sleep 301" {
					sleeps++
				}
			}
			return sleeps == 2
		})
		p.types("\x03")
		p.finished()
	}
	p.does("echo alive")
	p.sees(`^left running: a: sleep`, 2)
	p.sees(`^left running: b: sleep`, 1)
	p.sees(`^left running: `, 3)
	if n := len(sshtest.Marked(t, mark)); n != 3 {
		t.Errorf("%d of 3 services are there", n)
	}
	p.leaves(0)
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
			c := start(t, s, option, "--kill-after", "2", "--json", record, "-h", "a,b",
				`test $CLSH_HOST = a && env MARK=`+mark+` setsid -f sleep 300 </dev/null >/dev/null 2>&1; echo up; sleep 301`)
			c.waitFor(c.out, `^[ab]: up\r*$`, 2)
			c.signal(syscall.SIGINT)
			c.want(130)
			const named, confirmed = `left running: a: sleep \([0-9]+\)`, `stopped.*: b\b`
			c.wantError(named, `.*not confirmed: a`, confirmed)
			c.wantNoError(`left running: b`)
			c = start(t, s, "--replay", record)
			c.want(130)
			c.wantError(named, `.*not confirmed: a`, confirmed)
			c.wantNoError(`left running: b`)
			if len(sshtest.Marked(t, mark)) == 0 {
				t.Error("the service was stopped")
			}
		})
	}
}
