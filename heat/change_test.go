package heat

import (
	"encoding/json"
	"syscall"
	"testing"
)

// A real hook reads it, and one that does not is none the worse.
func TestOnChangeReadsJSON(t *testing.T) {
	dir := t.TempDir()
	script(t, dir, "page", `cat >"$HEAT_CHECK_EVENT.json"; echo "$HEAT_CHECK_STATE $HEAT_CHECK_NAME" >>states`)
	script(t, dir, "check", "test -e good")
	r := start(t, dir, "-i", "0.1", "--name", "web", "--on-change", "./page", "--threshold", "2", "./check")
	eventually(t, "failed is reported", func() bool { return r.file("states") == "failed web\n" })
	script(t, dir, "good", "")
	eventually(t, "ok is reported", func() bool { return r.file("states") == "failed web\nok web\n" })
	r.signal(syscall.SIGTERM)
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
	for _, event := range []string{"failed", "ok"} {
		var got struct {
			Event, Name string
			Time        int64
		}
		if err := json.Unmarshal([]byte(r.file(event+".json")), &got); err != nil || got.Event != event || got.Name != "web" || got.Time == 0 {
			t.Errorf("%s: %+v, %v", event, got, err)
		}
	}
}
