package source

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{ // what begins with ! is the error
		"echo a b; echo note >&2": "a b\n",
		"exit 3":                  "!exit status 3",
		"echo first >&2; printf 'the last \\n\\n' >&2; exit 4": "!exit status 4: the last",
		"kill -9 $$":    "!signal: killed",
		"cat /dev/zero": "!prints more than 1 MiB",
	} {
		out, err := Asker{Limit: time.Minute, Running: make(chan struct{}, 1), most: 1 << 20}.Run(t.Context(), []string{"sh", "-c", command})
		if want, fails := strings.CutPrefix(want, "!"); fails {
			if err == nil || err.Error() != want {
				t.Errorf("%s: error %v, want %q", command, err, want)
			}
			continue
		}
		if err != nil || string(out) != want {
			t.Errorf("%s: %q, want %q (%v)", command, out, want, err)
		}
	}
	_, err := Asker{Running: make(chan struct{}, 1)}.Run(t.Context(), []string{"sh", "-c", "exit 127"})
	if ended := (*ExitError)(nil); !errors.As(err, &ended) || ended.ExitCode() != 127 {
		t.Errorf("error %v, want one with the status 127", err)
	}
}
