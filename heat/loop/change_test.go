package loop

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clsh/heat/checker"
	"clsh/heat/hook"
	"clsh/heat/policy"
	"clsh/heat/process"
	"clsh/heat/worker"
)

// What --on-change gets: the variables of its own beside those of every hook, and JSON.
func TestOnChangeIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 5, "-i", "1", "--name", "web", "--threshold", "2", "--on-change", "./page", "--remind", "1", "--format", "json", "true")
		var env, inputs []string
		start := w.loop.Ops.Hook
		w.loop.Ops.Hook = func(h hook.Hook, more []string, hold func(int)) worker.Task[hook.End] {
			for _, v := range more {
				if strings.HasPrefix(v, "HEAT_CHECK_") || strings.HasPrefix(v, "HEAT_FAIL_CNT") {
					env = append(env, v)
				}
			}
			inputs = append(inputs, string(h.Input()))
			return start(h, more, hold)
		}
		w.check = func(n int) (checker.Report, time.Duration) {
			return map[bool]checker.Report{true: bad(7), false: good()}[n < 4], 0
		}
		w.loop.Run()
		synctest.Wait()
		if diff := cmp.Diff([]string{"1s ./page", "2s ./page", "3s ./page"}, w.did); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
		want := []string{
			"HEAT_FAIL_CNT=2", "HEAT_CHECK_NAME=web", "HEAT_CHECK_LOG=heat.log", "HEAT_CHECK_EVENT=failed", "HEAT_CHECK_STATE=failed",
			"HEAT_CHECK_SINCE=946684801", "HEAT_CHECK_LINE=946684801: web: Failed: Exit Code 7, details in heat.log",
		}
		if diff := cmp.Diff(want, env[:len(want)]); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		var first changed
		if err := json.Unmarshal([]byte(inputs[0]), &first); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changed{
			Name: "web", Event: "failed", State: "failed", Since: 946684801, Time: 946684801, Code: 7, Reason: "exited", Pid: 1, Failures: 2,
			Line: "946684801: web: Failed: Exit Code 7, details in heat.log", Log: "heat.log",
		}, first); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		for _, want := range []string{
			`"event":"state","failures":3,"state":"failed","change":"reminder","since":946684801}`,
			`"event":"state","failures":3,"state":"ok","change":"ok","since":946684803}`,
		} {
			if !strings.Contains(w.out.String(), want) {
				t.Errorf("no event %s in\n%s", want, w.out.String())
			}
		}
	})
}

// The longest JSON fits into any pipe, whatever has to be escaped in it.
func TestChangedFitsAPipe(t *testing.T) {
	for _, c := range []string{"a", "\x00", "\xff", "<", "\u2028", `"`} {
		long := strings.Repeat(c, 10_000)
		text, err := json.Marshal(changed{
			Name: cut(long), Event: string(policy.EventReminder), State: policy.StatusFlapping.String(), Since: -1 << 63, Time: -1 << 63, Line: cut(long),
			Code: 255, Reason: "cannot-run", Signal: process.SignalName(syscall.SIGVTALRM), Pid: 1 << 30, Failures: 1 << 62, Recoveries: 1 << 62, Log: cut(long),
		})
		if err != nil || len(text) >= hook.MostInput {
			t.Errorf("%q: %d bytes, %v", c, len(text), err)
		}
	}
}
