package state

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clsh/heat/policy"
)

// What the policy knows of the service is the same after a restart, on the new heat's clock.
func TestHealthSurvives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		was := policy.Health{Failed: true, Flapping: true, Since: 1700000000, Recent: 0b101, RemindAt: 100 * time.Second}
		was.Changes[0], was.Changes[1] = 60*time.Second, 20*time.Second
		text, err := json.Marshal(saved{Health: newHealth(&was, 70*time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(5 * time.Second)
		var in saved
		if err := json.Unmarshal(text, &in); err != nil {
			t.Fatal(err)
		}
		want := was
		want.RemindAt = 27 * time.Second // 30 s after 70, of which 5 have passed
		want.Changes[0], want.Changes[1] = -13*time.Second, -53*time.Second
		if diff := cmp.Diff(want, in.Health.policy(2*time.Second)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got := newHealth(&policy.Health{}, 0); got != nil {
			t.Errorf("nothing is stored as %+v", got)
		}
	})
}
