package connections

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A link on which everything takes its time loses nothing and nobody.
func TestSlowLink(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	delay := 100 * time.Millisecond
	if sshtest.Full() {
		delay = 300 * time.Millisecond // a satellite's
	}
	for _, host := range []string{"a", "b"} {
		s.Through(host, sshtest.Link{Delay: delay})
	}
	clshtest.Start(t, s, "-t", "30", "-h", "a,b", "echo in").Want(0, "a: in", "b: in")
	p := clshtest.Interactive(t, s, "-t", "30", "-h", "a,b") // a busy machine is slower than the link
	p.Does("echo in")
	p.Sees(`^[ab]: in\r?$`, 2)
	p.Leaves(0)
	s.WaitGone()
}

// failures are links that fail at many places of a session, which takes some
// 5 KB up and 9 KB down: in the key exchange, the login, the agent's script, its
// markers, the output.
func failures(freeze bool) []sshtest.Link {
	step := int64(1100)
	if sshtest.Full() {
		step = 53
	}
	var list []sshtest.Link
	for n := int64(1); n < 9000; n += step {
		list = append(list, sshtest.Link{Down: n, Freeze: freeze})
		if n < 6000 {
			list = append(list, sshtest.Link{Up: n, Freeze: freeze})
		}
	}
	return list
}

// Wherever a link breaks or falls silent, the host is lost, or its command has
// ended and its output is whole; what came of it is true, and nothing stays.
func TestFailingLink(t *testing.T) {
	t.Parallel()
	for _, freeze := range []bool{false, true} {
		t.Run(map[bool]string{false: "breaks", true: "freezes"}[freeze], func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			links := failures(freeze)
			for i, link := range links {
				s.Through(fmt.Sprintf("n%d", i), link)
			}
			events := filepath.Join(t.TempDir(), "events")
			c := clshtest.Start(t, s, "--keep-going", "--lost-after", "2", "-t", "10", "--ready-timeout", "10", "--retry", "0", "--json", events,
				"-h", fmt.Sprintf("n[0-%d]", len(links)-1), "seq 1000; echo $SSHTEST_SITE >&2; exit 7")
			if code := c.Wait(); code != 255 {
				t.Errorf("exit status %d", code)
			}
			s.WaitGone()
			outcomes := checkHosts(t, events, len(links))
			t.Logf("outcomes: %v", outcomes)
			for _, outcome := range []string{"unreachable", "lost", "exited"} {
				if outcomes[outcome] == 0 {
					t.Errorf("no host is %s: the places do not cover a session", outcome)
				}
			}
		})
	}
}

// checkHosts checks what a file of events says of n hosts that run "seq 1000"
// and exit with 7, and counts their outcomes.
func checkHosts(t *testing.T, events string, n int) map[string]int {
	t.Helper()
	text, err := os.ReadFile(events)
	if err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	for i := range 1000 {
		fmt.Fprintln(&whole, i+1)
	}
	printed, outcomes := map[string]string{}, map[string]int{}
	for line := range bytes.Lines(text) {
		var e struct {
			Type, Host, Stream, Data, Outcome, Reason string
			Base64                                    string `json:"data_base64"`
			EOL                                       *bool
			Code                                      int
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		switch e.Type {
		case "line":
			raw, err := base64.StdEncoding.DecodeString(e.Base64)
			if err != nil {
				t.Errorf("%q: %v", line, err)
			}
			if e.Stream == "stdout" {
				printed[e.Host] += e.Data + string(raw)
				if e.EOL == nil {
					printed[e.Host] += "\n"
				}
			}
		case "exit":
			n--
			outcomes[e.Outcome]++
			out := printed[e.Host]
			switch {
			case !strings.HasPrefix(whole.String(), out):
				t.Errorf("%s has not written %q", e.Host, out)
			case e.Outcome == "exited" && (out != whole.String() || e.Code != 7):
				t.Errorf("%s exited with %d after %d of %d bytes", e.Host, e.Code, len(out), whole.Len())
			case e.Outcome == "unreachable" && out != "":
				t.Errorf("%s is unreachable and has written %q", e.Host, out)
			case e.Outcome != "exited" && e.Reason == "":
				t.Errorf("%s is %s for no reason", e.Host, e.Outcome)
			}
		}
	}
	if n != 0 {
		t.Errorf("%d hosts have no end", n)
	}
	return outcomes
}
