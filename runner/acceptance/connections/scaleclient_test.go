package connections

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"clsh/hosts"
	"clsh/runner/sshtest/clshtest"
)

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

// ended counts the hosts whose end is in the record.
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
