package state

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"clsh/heat/policy"
)

func TestHistogram(t *testing.T) {
	t.Parallel()
	s := New(Files{}, nil)
	for _, d := range []time.Duration{0, time.Millisecond * 5, time.Second, time.Hour} {
		s.Checked(policy.Good, policy.Result{End: d}, 0)
	}
	text := string(metrics(s.check, &s.totals, s.lateness, policy.State{}))
	for bound, want := range map[string]int{"0.005": 2, "0.5": 2, "1": 3, "30": 3, "+Inf": 4} {
		if line := fmt.Sprintf("heat_check_duration_seconds_bucket{le=%q} %d\n", bound, want); !strings.Contains(text, line) {
			t.Errorf("lacks %q:\n%s", line, text)
		}
	}
}
