package heat

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"clsh/heat/checker"
	"clsh/heat/output"

	"github.com/google/go-cmp/cmp"
)

// compatible returns the configuration of a call under HEAT_COMPAT.
func compatible(t *testing.T, args ...string) *config {
	t.Helper()
	cmd, err := parse(args...)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Compat = true
	cfg, err := cmd.config()
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// The Python heat lets a check of 32 s at -i 1 be good.
func TestCompatLimitsNoCheck(t *testing.T) {
	for args, want := range map[string]time.Duration{
		"-i 1 true": 0, "-i 60 true": 0, "-i 1 --timeout 5 true": 5 * second, "--timeout 0 true": 0,
	} {
		if got := compatible(t, strings.Fields(args)...).check.limit; got != want {
			t.Errorf("%s: limit %v, want %v", args, got, want)
		}
	}
	cfg, err := configure(t, "-i", "1", "true")
	if err != nil || cfg.check.limit != 30*second {
		t.Errorf("without HEAT_COMPAT: limit %v, %v", cfg.check.limit, err)
	}
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 3, "-i", "1", "true")
		w.loop.cfg.check.limit = compatible(t, "-i", "1", "true").check.limit
		w.check = func(int) (checker.Report, time.Duration) { return good(), 32 * second }
		w.loop.run()
		if strings.Count(w.out.String(), "\n") != 2 || strings.Count(w.out.String(), ": OK\n") != 2 {
			t.Errorf("console: %s", w.out.String())
		}
	})
}

// The line about a process that has gone is on standard output, after that of the check.
func TestCompatProcessGone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 0, "-i", "10", "--pid", "47001", "true")
		w.loop.cfg.compat = true
		w.check = func(int) (checker.Report, time.Duration) { return bad(7), 0 }
		w.pidErr = os.ErrProcessDone
		begin := time.Now().Unix()
		code := w.loop.run()
		want := fmt.Sprintf("%d: Failed: Exit Code 7, details in heat.log\n올바른 PID를 입력해주세요\n", begin)
		if diff := cmp.Diff(want, w.out.String()); diff != "" || code != 1 {
			t.Errorf("exit status %d, console: -want +got:\n%s", code, diff)
		}
	})
}

// What is beyond the limit of the log is counted on standard error: the log has the check's
// lines alone.
func TestCompatLog(t *testing.T) {
	for compat, want := range map[bool]string{
		true:  "5: one\n5: two\n",
		false: "5: note\n5: one\n5: two\n5: heat: 3 more bytes of standard error are not kept\n5: stdout: out\n",
	} {
		t.Chdir(t.TempDir())
		l := output.NewLog(output.LogSpec{Path: "heat.log", Compat: compat}, output.Label{}, nil, func(err error) { t.Error(err) })
		l.Note(5, "note")
		l.Failure(5, &checker.Report{
			Stdout: checker.Output{Data: []byte("out\n")}, Stderr: checker.Output{Data: []byte("one\rtwo\n"), Dropped: 3},
		})
		<-l.Out.Settled(patience)
		got, _ := os.ReadFile("heat.log")
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("compat %v: -want +got:\n%s", compat, diff)
		}
	}
}
