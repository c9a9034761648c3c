package connections

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/hosts"
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

// usage are the descriptors and threads of clsh, and its memory now and at its
// most, in bytes (proc(5)).
type usage struct {
	descriptors, threads int
	now, peak            int64
}

func (u usage) String() string {
	return fmt.Sprintf("%d descriptors, %d threads, %d KiB resident, at most %d KiB", u.descriptors, u.threads, u.now>>10, u.peak>>10)
}

func (c *scale) usage() usage {
	c.T.Helper()
	dir := fmt.Sprintf("/proc/%d/", c.Cmd.Process.Pid)
	files, err := os.ReadDir(dir + "fd")
	if err != nil {
		c.T.Fatal(err)
	}
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		c.T.Fatal(err)
	}
	number := func(name string) (n int64) {
		_, rest, _ := strings.Cut(string(status), "\n"+name+":")
		if _, err := fmt.Sscan(rest, &n); err != nil {
			c.T.Fatal(err)
		}
		return n
	}
	return usage{len(files), int(number("Threads")), number("VmRSS") << 10, number("VmHWM") << 10}
}

// ended counts the hosts whose end the record tells.
func (c *scale) ended() int {
	c.T.Helper()
	file, err := os.Open(c.record)
	if err != nil {
		return 0 // not made yet
	}
	defer file.Close()
	more, err := io.ReadAll(io.NewSectionReader(file, c.read, 1<<40))
	if err != nil {
		c.T.Fatal(err)
	}
	c.read += int64(len(more))
	c.rest = append(c.rest, more...)
	whole := bytes.LastIndexByte(c.rest, '\n') + 1
	c.ends += bytes.Count(c.rest[:whole], []byte(`{"type":"exit"`))
	c.rest = append(c.rest[:0], c.rest[whole:]...)
	return c.ends
}

// until waits for a state of the run and returns what it uses then.
func (c *scale) until(what string, cond func() bool) usage {
	c.T.Helper()
	limit := time.NewTimer(scaleLimit)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-c.Done:
			c.T.Fatalf("%s: clsh has ended: %.2000s", what, c.Errs)
		case <-limit.C:
			c.T.Fatalf("%s: not within %v", what, scaleLimit)
		}
	}
	u := c.usage()
	c.T.Logf("%s: after %v, %v", what, time.Since(c.Began).Round(time.Millisecond), u)
	return u
}

// waitLong is wait for a run of any length.
func (c *scale) waitLong() int {
	c.T.Helper()
	select {
	case <-c.Done:
	case <-time.After(scaleLimit):
		c.T.Fatalf("still running after %v", scaleLimit)
	}
	return c.Wait()
}

// account checks that the record and the summary tell each of n hosts once and the
// same, and returns how each ended.
func (c *scale) account(n int) map[string]string {
	c.T.Helper()
	file, err := os.Open(c.record)
	if err != nil {
		c.T.Fatal(err)
	}
	defer file.Close()
	ends, _, summary := clshtest.Outcomes(c.T, file)
	how, counts := map[string]string{}, map[string]int{}
	for host, all := range ends {
		if len(all) != 1 {
			c.T.Errorf("%s ended %d times: %q", host, len(all), all)
		}
		how[host] = all[0]
		outcome, _, _ := strings.Cut(strings.ReplaceAll(all[0], ",", " "), " ")
		counts[outcome]++
	}
	if len(how) != n || summary["hosts"] != float64(n) {
		c.T.Errorf("%d hosts in the record, %v in its summary, want %d", len(how), summary["hosts"], n)
	}
	total := 0
	for _, outcome := range []string{"exited", "signaled", "timeout", "lost", "unreachable", "stopped", "not_started"} {
		number, _ := summary[outcome].(float64)
		if int(number) != counts[outcome] {
			c.T.Errorf("the record's summary counts %v %s, its objects are %d", summary[outcome], outcome, counts[outcome])
		}
		total += int(number)
	}
	if total != n {
		c.T.Errorf("the summary's outcomes are %d in all", total)
	}
	for host, kind := range c.summary() {
		if fits := kindOf(how[host]); kind != fits {
			c.T.Errorf("%s: the summary says %q, the record %q", host, kind, how[host])
		}
		delete(how, host)
	}
	for host := range how {
		c.T.Errorf("%s is not in the summary", host)
	}
	for host, all := range ends {
		how[host] = all[0]
	}
	return how
}

// summary reads the lines on standard error that fold the hosts by outcome.
func (c *scale) summary() map[string]string {
	c.T.Helper()
	kinds := map[string]string{}
	for line := range strings.Lines(c.Errs.String()) {
		kind, list, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found || kind == "time" || strings.HasPrefix(line, "ERROR:") || strings.HasPrefix(line, "  ") {
			continue
		}
		list, number, counted := strings.Cut(list, " (")
		all, err := hosts.Expand(list)
		if err != nil {
			c.T.Fatalf("line %q of the summary: %v", line, err)
		}
		if counted && number != fmt.Sprintf("%d)", len(all)) {
			c.T.Errorf("%s: %d hosts, and it says (%s", kind, len(all), number)
		}
		for _, name := range all.Names() {
			if kinds[name] != "" {
				c.T.Errorf("%s is in the summary as %q and as %q", name, kinds[name], kind)
			}
			kinds[name] = kind
		}
	}
	return kinds
}

// kindOf is how the summary calls an end of the record.
func kindOf(end string) string {
	if rest, unconfirmed := strings.CutSuffix(end, ", end not confirmed"); unconfirmed {
		return kindOf(rest) + ", end not confirmed"
	}
	outcome, code, _ := strings.Cut(end, " ")
	switch {
	case end == "exited 0":
		return "ok"
	case outcome == "exited":
		return "exit " + code
	case outcome == "signaled":
		return "SIGKILL"
	}
	return strings.ReplaceAll(outcome, "_", " ")
}

// flat checks that what clsh uses does not grow with the hosts that have been.
func (c *scale) flat(early, late usage) {
	c.T.Helper()
	if late.descriptors > early.descriptors+8 {
		c.T.Errorf("descriptors grow: %v, then %v", early, late)
	}
	if late.peak > early.peak+early.peak/2+16<<20 {
		c.T.Errorf("memory grows: %v, then %v", early, late)
	}
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
	return 1_000, 100
}

// Thousands of hosts, of which one in twenty fails in some way: each is accounted
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

// SIGINT in the middle of thousands: the summary tells all of them, and nothing is
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

// interrupted ends the run and checks what is told of it.
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

// Hundreds of hosts behind real servers: nothing grows, and SIGINT leaves nothing on
// either side. With --full they are 1,000.
func TestScaleOverSSH(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	s := sshtest.New(t)
	n, fanout := 40, 16
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
