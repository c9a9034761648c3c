package loop

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"clsh/heat/checker"
	"clsh/heat/options"

	"github.com/google/go-cmp/cmp"
)

// compatible returns the configuration of a call under HEAT_COMPAT.
func compatible(t *testing.T, args ...string) *options.Settings {
	t.Helper()
	cmd, err := parse(args...)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Compat = true
	cfg, err := cmd.Settings()
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
		if got := compatible(t, strings.Fields(args)...).Check.Limit; got != want {
			t.Errorf("%s: limit %v, want %v", args, got, want)
		}
	}
	cfg, err := configure(t, "-i", "1", "true")
	if err != nil || cfg.Check.Limit != 30*second {
		t.Errorf("without HEAT_COMPAT: limit %v, %v", cfg.Check.Limit, err)
	}
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 3, "-i", "1", "true")
		w.loop.Settings.Check.Limit = compatible(t, "-i", "1", "true").Check.Limit
		w.check = func(int) (checker.Report, time.Duration) { return good(), 32 * second }
		w.loop.Run()
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
		w.loop.Settings.Compat = true
		w.check = func(int) (checker.Report, time.Duration) { return bad(7), 0 }
		w.pidErr = os.ErrProcessDone
		begin := time.Now().Unix()
		code := w.loop.Run()
		want := fmt.Sprintf("%d: Failed: Exit Code 7, details in heat.log\n올바른 PID를 입력해주세요\n", begin)
		if diff := cmp.Diff(want, w.out.String()); diff != "" || code != 1 {
			t.Errorf("exit status %d, console: -want +got:\n%s", code, diff)
		}
	})
}
