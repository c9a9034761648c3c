package options

import (
	"strings"
	"testing"
	"time"
)

// Options about repairing that a variable sets have no effect, and need not make sense.
func TestUntilOKRepairsNothing(t *testing.T) {
	for _, name := range repairOptions() {
		cmd, err := parse("--until-ok", "2", "--within", "2m", "true")
		if err != nil {
			t.Fatal(err)
		}
		cmd.Typed = map[string]bool{"until-ok": true, "within": true, name: true}
		if _, err := cmd.Settings(); err == nil || !strings.HasPrefix(err.Error(), "--until-ok: cannot be combined with --"+name+"\n") {
			t.Errorf("--%s: %v", name, err)
		}
	}
	for _, v := range []string{
		"THRESHOLD=3", "RECOVERY=./none", "RECOVERED=./none", "FAULT_SIGNAL=BOGUS", "SUCCESS_SIGNAL=BOGUS", "RECOVERY_TIMEOUT=0",
		"RISE=0", "BACKOFF=x", "MAX_RECOVERIES=0", "GIVE_UP=./none", "MIN_RECOVERY_GAP=0", "STABLE=0",
	} {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv("HEAT_"+name, value)
	}
	cfg, err := configure(t, "--until-ok", "2", "--within", "2m", "true")
	if err != nil {
		t.Fatal(err)
	}
	if u := cfg.Rules; u.Threshold != 0 || u.Rise != 0 || u.MaxRecoveries != 0 || len(u.Wired) > 0 || u.UntilOK != 2 || u.Within != 2*time.Minute {
		t.Errorf("got %+v", u)
	}
}
