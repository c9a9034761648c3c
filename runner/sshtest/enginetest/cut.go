package enginetest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"clsh/hosts"
	"clsh/runner/conn"
	"clsh/runner/sshtest"
)

// RanCode is the exit status of every command behind a Cutter: not what is left of it where the
// line that reports it is cut.
const RanCode = 113

// A Cutter is an ssh whose connections are cut after every byte of the dialogue, in every
// direction, by a relay that says each time that the host has refused the login. What has run
// is counted where it ran: each command must append a line to $RELAY_DIR/ran.NAME.
type Cutter struct {
	Options   conn.Options
	Dir, Mark string
}

// NewCutter returns a Cutter without hosts.
func NewCutter(t *testing.T) *Cutter {
	t.Helper()
	sshtest.Need(t, "go", "setsid")
	c := &Cutter{Options: Options(t, 0, ""), Dir: t.TempDir(), Mark: sshtest.Mark()}
	relay := filepath.Join(t.TempDir(), "relay")
	if out, err := exec.Command("go", "build", "-o", relay, "clsh/runner/sshtest/enginetest/relay").CombinedOutput(); err != nil {
		t.Fatalf("build the relay: %v\n%s", err, out)
	}
	c.Options.SSH.Program = []string{relay}
	c.Options.Environ = append(c.Options.Environ, "RELAY_DIR="+c.Dir, "MARK="+c.Mark)
	return c
}

// CutHost is a host whose first connections, so many of them, are cut after so many bytes in a
// direction.
func CutHost(direction string, after, times, number int) hosts.Host {
	name := fmt.Sprintf("n-%s-%d-%d-%d", direction, after, times, number)
	return hosts.Host{Name: name, Addr: name}
}

// Directions are those in which connections are cut.
func Directions() []string { return []string{"in", "out", "err"} }

// Ran returns how often the command of that name has run.
func (c *Cutter) Ran(name string) int {
	text, _ := os.ReadFile(filepath.Join(c.Dir, "ran."+name)) // none: it did not
	return bytes.Count(text, []byte("\n"))
}

// Attempts returns how often ssh was started for a host.
func (c *Cutter) Attempts(name string) int {
	tries, _ := os.ReadFile(filepath.Join(c.Dir, name))
	return len(tries)
}
