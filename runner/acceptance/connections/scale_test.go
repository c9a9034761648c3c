package connections

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// scaleLimit is how long a run of thousands of hosts may take.
const scaleLimit = 20 * time.Minute

// A scale is a large run, and where its record is.
type scale struct {
	*clshtest.Command
	record string
	read   int64 // of the record, by ended
	rest   []byte
	ends   int
}

// onScale starts clsh on n hosts h0, h1 …, with its record and
// the hosts' output in files.
func onScale(t *testing.T, s *sshtest.Site, n int, args ...string) *scale {
	t.Helper()
	cmd := clshtest.Cmd(t, s, append([]string{"--keep-going", "--summary", "--progress", "never", "-h", fmt.Sprintf("h[0-%d]", n-1), "--json", "record", "--err", "errs"}, args...)...)
	out, err := os.Create(filepath.Join(cmd.Dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	cmd.Stdout = out
	return &scale{Command: clshtest.StartCmd(t, cmd), record: filepath.Join(cmd.Dir, "record")}
}

// scaleHost is the script of host h$i: of a hundred hosts one is refused, one lost
// in the middle of its command, one exits with 3, one is killed, one turned off
// before its shell answers. It is one process, so that thousands are cheap. The last
// host waits for the gate; with stop, so do all after h$stop, for clsh's stop.
const scaleHost = clshtest.Attacker + `i=${host#h}
case $((i % 100)) in
7) echo "ssh: connect to host $host port 22: Connection refused" >>"$log"; exit 255 ;;
67) exit 1 ;;
esac
m ready
read -r request
m begin
echo "hello from $host"
case $((i % 100)) in
27) echo "client_loop: send disconnect: Broken pipe" >>"$log"; exit 255 ;;
47) m "end 3"; exit ;;
87) m "end 137"; exit ;;
esac
if [ $i -ge $hold ]; then
	if [ "$stop" ]; then
		while ! read -r line; do :; done
		m "end 143"; exit
	fi
	until test -e "$gate"; do sleep 0.2; done
fi
m "end 0"
`

// scaleEnd is how h$i ends.
func scaleEnd(i int) string {
	switch i % 100 {
	case 7, 67:
		return "unreachable 255"
	case 27:
		return "lost 255"
	case 47:
		return "exited 3"
	case 87:
		return "signaled 137"
	}
	return "exited 0"
}

// scaleSize is how many hosts there are, and how many run at a time.
func scaleSize() (n, fanout int) {
	if sshtest.Full() {
		return 10_000, 1_000
	}
	return 400, 50
}

// Hundreds of hosts, with --full 10,000, of which one in twenty fails in some way: each is accounted
// for once, and nothing grows with their number.
func TestScale(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	s := sshtest.New(t)
	n, fanout := scaleSize()
	gate := filepath.Join(t.TempDir(), "gate")
	fake := sshtest.FakeSSH(t, fmt.Sprintf("gate=%s hold=%d stop=\n", gate, n-1)+scaleHost)
	c := onScale(t, s, n, "--ssh", fake, "-f", fmt.Sprint(fanout), "true")
	early := c.until("a fifth has ended", func() bool { return c.ended() >= n/5 })
	middle := c.until("half of them", func() bool { return c.ended() >= n/2 })
	c.until("all but one", func() bool { return c.ended() == n-1 })
	late := c.until("their descriptors are closed", func() bool { return c.usage().descriptors < 40 })
	if most := 5*fanout + 64; max(early.descriptors, middle.descriptors) > most {
		t.Errorf("%d descriptors at a fan-out of %d, want at most %d", max(early.descriptors, middle.descriptors), fanout, most)
	}
	if late.threads > 40 {
		t.Errorf("%d threads", late.threads)
	}
	// The most memory is taken when a fan-out runs, which may come after a fifth.
	early.peak = middle.peak
	c.flat(early, late)
	clshtest.Touch(t, gate)
	if code := c.waitLong(); code != 255 {
		t.Errorf("exit status %d, want 255", code)
	}
	how := c.account(n)
	said := c.hellos()
	for i := range n {
		host := fmt.Sprintf("h%d", i)
		if how[host] != scaleEnd(i) {
			t.Errorf("%s: %q, want %q", host, how[host], scaleEnd(i))
		}
		if runs := !strings.HasPrefix(scaleEnd(i), "unreachable"); runs != (said[host] == 1) {
			t.Errorf("%s: its line is there %d times", host, said[host])
		}
	}
	s.WaitGone()
}

// hellos counts each host's line of output.
func (c *scale) hellos() map[string]int {
	c.T.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(c.record), "out"))
	if err != nil {
		c.T.Fatal(err)
	}
	said := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if host, rest, _ := strings.Cut(line, ": "); rest == "hello from "+host+"\n" {
			said[host]++
		}
	}
	return said
}

// SIGINT in the middle of thousands: the summary counts all of them, and nothing is
// left.
func TestScaleInterrupted(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	s := sshtest.New(t)
	n, fanout := scaleSize()
	hold := n / 4
	fake := sshtest.FakeSSH(t, fmt.Sprintf("gate= hold=%d stop=yes\n", hold)+scaleHost)
	c := onScale(t, s, n, "--ssh", fake, "-f", fmt.Sprint(fanout), "true")
	c.until("a quarter has ended and a fan-out runs", func() bool { return c.ended() >= hold && c.usage().descriptors > 3*fanout })
	c.interrupted(n)
	s.WaitGone()
}

// interrupted ends the run and checks its report.
func (c *scale) interrupted(n int) {
	c.T.Helper()
	c.Signal(syscall.SIGINT)
	began := time.Now()
	if code := c.waitLong(); code != 130 {
		c.T.Errorf("exit status %d, want 130", code)
	}
	c.T.Logf("ended %v after SIGINT", time.Since(began).Round(time.Millisecond))
	counts := map[string]int{}
	for _, end := range c.account(n) {
		counts[strings.TrimSuffix(end, ", end not confirmed")]++
	}
	c.T.Logf("outcomes: %v", counts)
	if counts["stopped"] == 0 || counts["not_started"] == 0 || counts["exited 0"] == 0 {
		c.T.Errorf("outcomes: %v", counts)
	}
}

// Many hosts behind real servers: nothing grows, and SIGINT leaves nothing on either
// side. With --full they are 1,000.
func TestScaleOverSSH(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	s := sshtest.New(t)
	n, fanout := 12, 5
	if sshtest.Full() {
		n, fanout = 1_000, 64
	}
	gate := filepath.Join(t.TempDir(), "gate") // the last host waits for it
	c := onScale(t, s, n, "-f", fmt.Sprint(fanout), "-t", "60", "--ready-timeout", "120", "--lost-after", "60", "--no-login",
		fmt.Sprintf("[ $CLSH_RANK -lt %d ] || until [ -e %s ]; do sleep 0.1; done; ", n-1, gate)+"echo hello from $CLSH_HOST; exit $((CLSH_RANK % 20 == 7 ? 3 : 0))")
	early := c.until("a fifth has ended", func() bool { return c.ended() >= n/5 })
	late := c.until("nine tenths", func() bool { return c.ended() >= n*9/10 })
	if most := 5*fanout + 64; max(early.descriptors, late.descriptors) > most {
		t.Errorf("%d descriptors, want at most %d", max(early.descriptors, late.descriptors), most)
	}
	c.flat(usage{descriptors: late.descriptors, peak: early.peak}, late)
	clshtest.Touch(t, gate)
	if code := c.waitLong(); code != 3 {
		t.Errorf("exit status %d, want 3", code)
	}
	how, said := c.account(n), c.hellos()
	for i := range n {
		want := "exited 0"
		if i%20 == 7 {
			want = "exited 3"
		}
		if host := fmt.Sprintf("h%d", i); how[host] != want || said[host] != 1 {
			t.Errorf("%s: %q, its line is there %d times", host, how[host], said[host])
		}
	}
	s.WaitGone()

	mark := sshtest.Mark()
	c = onScale(t, s, n, "-f", fmt.Sprint(fanout), "-t", "60", "--ready-timeout", "120", "--lost-after", "60", "--no-login", "echo hello from $CLSH_HOST; [ $CLSH_RANK -lt "+fmt.Sprint(n/5)+" ] || MARK="+mark+" sleep 300")
	c.until("a fifth has ended", func() bool { return c.ended() >= n/5 })
	sshtest.WaitMarked(t, mark, fanout)
	c.interrupted(n)
	s.WaitGone(mark)
}
