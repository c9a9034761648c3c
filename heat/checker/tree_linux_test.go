package checker

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/heat/policy"

	"github.com/google/go-cmp/cmp"
)

func withoutHelper(c *Checker) *Checker {
	return &Checker{spec: c.spec, captures: c.captures}
}

// torture starts what is hard to end, each with a mark in its environment:
// a child in the group, one in a session of its own, one that ignores SIGTERM,
// a daemon that was forked twice and holds the pipe, and a child that is waited for.
const torture = `
export TORTURE=%s
sleep 1000 &
setsid sleep 1000 &
(trap "" TERM; exec sleep 1000) &
(setsid sh -c 'sleep 1000 &' &)
sleep 1000 &
wait
`

// marked returns the living processes that have the mark in their environment.
func marked(t *testing.T, mark string) (pids []int) {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*") // a pattern for the files would read each directory
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		env, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err == nil && strings.Contains("\x00"+string(env), "\x00TORTURE="+mark+"\x00") {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			pids = append(pids, pid)
		}
	}
	return pids
}

// newMark returns a word that no other process has.
func newMark(t *testing.T) string {
	t.Helper()
	mark := fmt.Sprintf("%d-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"))
	t.Cleanup(func() {
		for _, pid := range marked(t, mark) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return mark
}

func TestTortureAtTheLimit(t *testing.T) {
	mark := newMark(t)
	// A busy machine may need longer than the first limit to start them all.
	for limit := time.Second; ; limit *= 2 {
		c := newChecker(t, limit, fmt.Sprintf(torture, mark))
		r := c.Start()
		most := 0
		var rep Report
		for running := true; running; {
			select {
			case rep = <-r.Done():
				running = false
			default:
				most = max(most, len(marked(t, mark)))
			}
		}
		if rep.Outcome != policy.TimedOut || rep.Left != 0 {
			t.Errorf("got %+v", rep)
		}
		if left := marked(t, mark); len(left) > 0 {
			t.Fatalf("%d of %d left", len(left), most)
		}
		if most == 5 {
			return
		}
		if limit > patience {
			t.Fatalf("only %d of 5 were seen", most)
		}
	}
}

func TestTortureAtStop(t *testing.T) {
	mark := newMark(t)
	c := newChecker(t, 0, fmt.Sprintf(torture, mark))
	r := c.Start()
	eventually(t, "all five run", func() bool { return len(marked(t, mark)) == 5 })
	r.Stop()
	if rep := await(t, r); !rep.Stopped || rep.Left != 0 {
		t.Errorf("got %+v", rep)
	}
	if left := marked(t, mark); len(left) > 0 {
		t.Fatalf("%d of 5 left", len(left))
	}
}

func TestTortureWhenHeatIsGone(t *testing.T) {
	mark := newMark(t)
	c := newChecker(t, 0, fmt.Sprintf(torture, mark))
	r := c.Start()
	eventually(t, "all five run", func() bool { return len(marked(t, mark)) == 5 })
	c.helper.close() // as the kernel does for a heat that was killed
	await(t, r)
	if left := marked(t, mark); len(left) > 0 {
		t.Fatalf("%d of 5 left", len(left))
	}
	c.helper = nil
	c.helper, _ = startClient(c.spec) // for Close
}

func TestStoppedAndForkingProcessesAreEnded(t *testing.T) {
	mark := newMark(t)
	// The second one answers SIGTERM with a child of a new session, again and
	// again.
	script := `export TORTURE=` + mark + `
sh -c 'kill -STOP $$; sleep 1000' &
exec sh -c 'again() { setsid "$0" -c "$1" "$0" "$1" & exit; }; trap again TERM; while :; do sleep 0.01; done' sh \
	'again() { setsid "$0" -c "$1" "$0" "$1" & exit; }; trap again TERM; while :; do sleep 0.01; done'`
	c := newChecker(t, 300*time.Millisecond, script)
	rep := await(t, c.Start())
	if rep.Outcome != policy.TimedOut || rep.Left != 0 {
		t.Errorf("got %+v", rep)
	}
	// One that was killed may be seen a moment longer.
	eventually(t, "none is left", func() bool { return len(marked(t, mark)) == 0 })
}

func TestWhatAnEarlierCheckLeftIsNotTouched(t *testing.T) {
	mark := newMark(t)
	first := filepath.Join(t.TempDir(), "first")
	// The first check leaves a daemon and ends well, later ones hang.
	c := newChecker(t, 500*time.Millisecond, fmt.Sprintf(`
test -e %[1]s && exec sleep 1000
echo >%[1]s
TORTURE=%[2]s setsid sleep 1000 &
exit 0`, first, mark))
	before := c.helper.proc.Pid()
	if rep := await(t, c.Start()); rep.Code != 0 {
		t.Fatalf("got %+v", rep)
	}
	var daemon []int
	eventually(t, "the daemon runs", func() bool {
		daemon = marked(t, mark)
		return len(daemon) == 1
	})
	for range 2 {
		if rep := await(t, c.Start()); rep.Outcome != policy.TimedOut {
			t.Errorf("got %+v", rep)
		}
	}
	if diff := cmp.Diff(daemon, marked(t, mark)); diff != "" {
		t.Errorf("the daemon: -before +after:\n%s", diff)
	}
	if c.helper.proc.Pid() == before {
		t.Error("the helper that has a daemon under it has not stepped down")
	}
}

func TestHelperStaysWhileNothingIsLeft(t *testing.T) {
	c := newChecker(t, 0, "true & wait; (true &)")
	before := c.helper.proc.Pid()
	for range 5 {
		await(t, c.Start())
		// A child of the helper that has ended is no leftover.
		eventually(t, "nothing runs", func() bool { list, _ := descendants(before, process{}); return len(list) == 0 })
	}
	if c.helper.proc.Pid() != before {
		t.Error("the helper was replaced")
	}
}

func TestHelperKilled(t *testing.T) {
	mark := newMark(t)
	c := newChecker(t, 0, `TORTURE=`+mark+` exec sleep 1000`)
	r := c.Start()
	eventually(t, "the check runs", func() bool { return len(marked(t, mark)) == 1 })
	if err := c.helper.proc.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if rep := await(t, r); rep.Outcome != policy.CannotRun || rep.Code != 126 {
		t.Errorf("got %+v", rep)
	}
	eventually(t, "the check is gone", func() bool { return len(marked(t, mark)) == 0 })
	r = c.Start()
	eventually(t, "the next check runs", func() bool { return len(marked(t, mark)) == 1 })
	r.Stop()
	if rep := await(t, r); !rep.Stopped {
		t.Errorf("got %+v", rep)
	}
}

func TestHelperIgnoresTheTerminalsSignals(t *testing.T) {
	c := newChecker(t, 0, "exit 5")
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if err := syscall.Kill(c.helper.proc.Pid(), s); err != nil {
			t.Fatal(err)
		}
	}
	pid := c.helper.proc.Pid()
	if rep := await(t, c.Start()); rep.Code != 5 || c.helper.proc.Pid() != pid {
		t.Errorf("got %+v", rep)
	}
	// And the check has them as heat has: not ignored.
	c = newChecker(t, 0, "kill -TERM $$; exit 5")
	if rep := await(t, c.Start()); rep.Signal != syscall.SIGTERM {
		t.Errorf("got %+v", rep)
	}
}

func TestParseStat(t *testing.T) {
	const tail = " 7 12 13 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0"
	got, ok := parseStat(42, []byte("42 (a) Z (b) S"+tail))
	want := process{pid: 42, parent: 7, state: 'S', start: 4711, session: 13}
	if !ok || got != want {
		t.Errorf("got %+v, %v, want %+v", got, ok, want)
	}
	for _, bad := range []string{"", "42", "42 (a", "42 (a) S 7", "42 (a) S x" + tail[2:]} {
		if _, ok := parseStat(42, []byte(bad)); ok {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestHelperRefusesStrangers(t *testing.T) {
	for _, args := range [][]string{{HelperName}, {HelperName, "0", "0", "/bin/true", "true"}} {
		if _, err := newHelper(args); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}

func TestDecode(t *testing.T) {
	want := answer{kind: sayExited, pid: 1 << 22, status: 0x7f00, extra: -1}
	if got, err := decode(want.encode()); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := decode(make([]byte, answerSize+1)); err == nil {
		t.Error("a longer answer was taken")
	}
}
