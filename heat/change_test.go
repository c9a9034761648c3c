package heat

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
)

func TestWrongCallsOfChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	script(t, ".", "yes", "")
	for args, want := range map[string]string{
		"--fail-of 3/5 true": "--fail-of: needs --recovery",
		"--fail-of 3/5 --threshold 3 --recovery ./yes true":    "--fail-of: cannot be combined with --threshold",
		"--fail-of 5/3 --recovery ./yes true":                  `--fail-of "5/3": not X/Y`,
		"--fail-of 3 --recovery ./yes true":                    `--fail-of "3": not X/Y`,
		"--fail-of 0/3 --recovery ./yes true":                  `--fail-of "0/3": not X/Y`,
		"--fail-of 3/65 --recovery ./yes true":                 `--fail-of "3/65": not X/Y`,
		"--remind 5 true":                                      "--remind: needs --on-change",
		"--remind 0 --on-change ./yes true":                    "--remind 0: must be more",
		"--flap 4 true":                                        `--flap "4": not N/D`,
		"--flap 0/1m true":                                     `--flap "0/1m": not N/D`,
		"--flap 21/1m true":                                    `--flap "21/1m": not N/D`,
		"--flap 4/x true":                                      `--flap "4/x": not N/D`,
		"--flap 4/0 true":                                      `--flap "4/0": not N/D`,
		"--threshold 3 --on-change ./yes --rise 2 true":        "--rise: needs --recovery or --fault-signal",
		"--on-change ./yes --recovery ./yes true":              "--recovery: needs --threshold or --fail-of",
		"--on-change ./none true":                              "Failed: ./none not executable",
		"--until-ok 2 --within 5m --fail-of 2/3 true":          "",
		"--threshold 3 --on-change ./yes --remind 1h true":     "",
		"--fail-of 3/5 --on-change ./yes --flap 20/1h30m true": "",
	} {
		_, err := configure(t, strings.Fields(args)...)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if (want == "") != (err == nil) || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}

// What --on-change gets: the variables of its own beside those of every hook, and JSON.
func TestOnChangeIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 5, "-i", "1", "--name", "web", "--threshold", "2", "--on-change", "./page", "--remind", "1", "--format", "json", "true")
		var env, inputs []string
		start := w.loop.ops.hook
		w.loop.ops.hook = func(h hook.Hook, more []string, hold func(int)) task[hook.End] {
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
		w.loop.run()
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

// A real hook reads it, and one that does not is none the worse.
func TestOnChangeReadsJSON(t *testing.T) {
	dir := t.TempDir()
	script(t, dir, "page", `cat >"$HEAT_CHECK_EVENT.json"; echo "$HEAT_CHECK_STATE $HEAT_CHECK_NAME" >>states`)
	script(t, dir, "check", "test -e good")
	r := start(t, dir, "-i", "0.1", "--name", "web", "--on-change", "./page", "--threshold", "2", "./check")
	eventually(t, "failed is told", func() bool { return r.file("states") == "failed web\n" })
	script(t, dir, "good", "")
	eventually(t, "ok is told", func() bool { return r.file("states") == "failed web\nok web\n" })
	r.signal(syscall.SIGTERM)
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
	for _, event := range []string{"failed", "ok"} {
		var got changed
		if err := json.Unmarshal([]byte(r.file(event+".json")), &got); err != nil || got.Event != event || got.Name != "web" || got.Time == 0 {
			t.Errorf("%s: %+v, %v", event, got, err)
		}
	}
}
