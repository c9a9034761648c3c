package state

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestABrokenStateFileIsSetAside(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, text := range []string{"", "{", "\x00\xff", strings.Repeat(" ", stateBound+1), `{"version":2}`, `{"version":1,"row":{"count":-1}}`, `{"version":1,"phase":"lost"}`,
		`{"version":1,"durations":{"counts":[1]}}`, `{"version":1,"checks":null}`} {
		if err := os.WriteFile("state", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		said := ""
		s := New(Files{State: "state"}, func(format string, args ...any) { said += fmt.Sprintf(format, args...) })
		if _, found := s.Load(0); found || !strings.Contains(said, "moved to state.bad, a new one begins") {
			t.Errorf("%q: found %v, %s", text, found, said)
		}
		if kept, err := os.ReadFile("state.bad"); err != nil || string(kept) != text {
			t.Errorf("%q: set aside as %q, %v", text, kept, err)
		}
		if _, err := os.Stat("state"); err == nil {
			t.Errorf("%q is still there", text)
		}
	}
}
