package interactive

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// The relay of package runner's tests, as the ssh of a session.
func relayProgram(t *testing.T) string {
	t.Helper()
	sshtest.Need(t, "go")
	relay := filepath.Join(t.TempDir(), "relay")
	if out, err := exec.Command("go", "build", "-o", relay, "./runner/sshtest/enginetest/relay").CombinedOutput(); err != nil {
		t.Fatalf("build the relay: %v\n%s", err, out)
	}
	return relay
}

// What a user sees of hosts whose connection is cut, at any place of a session of
// two lines: each is reported as lost or each of its lines has run, once, to its end.
// (Package runner has the outcomes, and more places.)
func TestInteractiveCut(t *testing.T) {
	t.Parallel()
	relay := relayProgram(t)
	step := 75
	if sshtest.Full() {
		step = 3
	}
	for _, retry := range []string{"0", "2"} {
		for _, keepGoing := range []bool{true, false} {
			t.Run(fmt.Sprintf("retry %s keep going %t", retry, keepGoing), func(t *testing.T) {
				t.Parallel()
				var names []string
				for i, direction := range []string{"in", "out", "err"} {
					for after := i; after < 230; after += step {
						names = append(names, fmt.Sprintf("n-%s-%d-1-%d", direction, after, len(names)))
					}
				}
				if keepGoing {
					cutSession(t, relay, names, "--keep-going", "--retry", retry)
					return
				}
				for at := 0; at < len(names); at += 5 {
					cutSession(t, relay, names[at:min(at+5, len(names))], "--retry", retry)
				}
			})
		}
	}
}

// cutSession types two lines for the hosts of those names, and checks what clsh reports.
func cutSession(t *testing.T, relay string, names []string, args ...string) {
	t.Helper()
	s := sshtest.New(t)
	dir := t.TempDir()
	const line = "echo ran >>$RELAY_DIR/ran.$CLSH_HOST.%d; echo end%[1]d\n"
	cmd := clshtest.Cmd(t, s, append([]string{"-i", "--ssh", relay, "--kill-after", "0.1", "-h", strings.Join(names, ",")}, args...)...)
	cmd.Env = append(cmd.Env, "RELAY_DIR="+dir)
	cmd.Stdin = strings.NewReader(fmt.Sprintf(line, 1) + fmt.Sprintf(line, 2) + "quit\n")
	c := clshtest.StartCmd(t, cmd)
	code := c.Wait()
	s.WaitGone()
	said, lost := c.Out.String()+c.Errs.String(), 0
	for _, name := range names {
		losses := strings.Count(said, "ERROR: "+name+" ")
		lost += strings.Count(said, "ERROR: "+name+" connection lost") // one that says no is set aside
		for i := 1; i <= 2; i++ {
			text, _ := os.ReadFile(filepath.Join(dir, fmt.Sprintf("ran.%s.%d", name, i))) // none: it did not
			ran := bytes.Count(text, []byte("\n"))
			ended := regexp.MustCompile(fmt.Sprintf(`(?m)^%s: end%d$`, name, i)).MatchString(said)
			switch {
			case ran > 1, ended && ran != 1:
				t.Errorf("%s: line %d has run %d times, shown: %t", name, i, ran, ended)
			case losses > 1:
				t.Errorf("%s is reported as lost %d times", name, losses)
			case args[0] == "--keep-going" && losses == 0 && !ended:
				t.Errorf("%s is not lost, and line %d has no end", name, i)
			}
		}
	}
	want := 0
	if lost > 0 && args[0] != "--keep-going" {
		want = 255
	}
	if code != want {
		t.Errorf("exit status %d with %d hosts lost", code, lost)
	}
	t.Logf("%d hosts, %d lost", len(names), lost)
}
