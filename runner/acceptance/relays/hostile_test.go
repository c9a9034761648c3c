package relays

import (
	"path/filepath"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// hello is the beginning of a relay that is granted a host, and then lies.
const hello = `printf '\036clsh-relay 2 x\n'; read -r job; read -r word rank name; `

// A relay whose clsh is missing, older, or not clsh at all: it is lost with a reason, and what it was
// not granted runs elsewhere. Once a hostile one has a host, that is lost.
func TestRelayIsNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		login string
		why   string // a line of standard error
		lost  int
	}{
		"missing":  {`PATH=/nowhere exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`, `Note: relay r1 is lost: clsh was not found there: `, 0},
		"older":    {`echo "clsh: unknown option --serve-relay" >&2; exit 2`, `Note: relay r1 is lost: clsh: unknown option --serve-relay`, 0},
		"newer":    {`printf '\036clsh-relay 9 9.1\n'; read -r job`, `Note: relay r1 is lost: its clsh "9.1" has protocol "9", and this one has protocol 2`, 0},
		"noise":    {`yes`, `Note: relay r1 is lost: its login prints without end`, 0},
		"not ours": {hello + `echo '{"type":"start","host":"zz"}'; read -r _`, `  relay r1: it named host "zz", which it was not granted`, 2},
		"no start": {hello + `echo "{\"type\":\"exit\",\"host\":\"$name\",\"rank\":$rank,\"outcome\":\"exited\",\"code\":0,\"reason\":\"\"}"; read -r _`, `  relay r1: it says that n\d has ended, which had not started`, 2},
		"garbage":  {hello + `echo hello; read -r _`, `  relay r1: it sent what is no object of a record`, 2},
		"endless":  {hello + `tr '\0' x </dev/zero`, `  relay r1: a line of more than \d+ bytes`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withRelays(t)
			runs(t, s, "r1", test.login)
			release := filepath.Join(s.Home, "release")
			script := "while ! test -e " + release + "; do sleep 0.1; done"
			c := clshtest.Start(t, s, overRelays("--keep-going", "-h", "n[1-4]", counted(s, sshtest.Mark(), script))...)
			c.WaitFor(c.Errs, `^`+test.why, 1)
			clshtest.Touch(t, release)
			code := 0
			if test.lost > 0 {
				code = 255
			}
			c.Want(code)
			wantBegan(t, s, 4-test.lost)
			s.WaitGone()
		})
	}
}

// No relay can be reached: no command runs, and each host says why.
func TestNoRelay(t *testing.T) {
	t.Parallel()
	s := withRelays(t)
	s.Refused("r1")
	s.Denied("r2")
	c := clshtest.Start(t, s, overRelays("-h", "n[1-3]", counted(s, sshtest.Mark(), ""))...)
	c.Want(255)
	c.WantError(`unreachable: n\[1-3\]`, `  no relay is left; r\d: `, `Note: relay r1 is lost: ssh: connect to host .*refused`, `Note: relay r2 is lost: `)
	wantBegan(t, s, 0)
	s.WaitGone()
}

// A relay reports the end of a host twice: it is lost, and no command runs twice.
func TestRelayReportsTwoEnds(t *testing.T) {
	t.Parallel()
	s := withRelays(t)
	end := `echo "{\"type\":\"exit\",\"host\":\"$name\",\"rank\":$rank,\"outcome\":\"exited\",\"code\":0,\"duration_ms\":1,\"reason\":\"\"}"; `
	runs(t, s, "r1", hello+`echo "{\"type\":\"start\",\"host\":\"$name\",\"at_ms\":1}"; `+end+end+"read -r _")
	c := clshtest.Start(t, s, overRelays("--keep-going", "-h", "n[1-4]", counted(s, sshtest.Mark(), ""))...)
	c.Want(255)
	c.WantError(`Note: relay r1 is lost: it named host "n\d", which it was not granted`)
	for host, times := range began(t, s) {
		if times != 1 {
			t.Errorf("the command began %d times on %s", times, host)
		}
	}
	s.WaitGone()
}
