package duration_test

import (
	"strconv"
	"testing"
	"time"

	"clsh/runner/duration"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "30": 30 * time.Second, "0.5": 500 * time.Millisecond, ".5": 500 * time.Millisecond, "2.": 2 * time.Second,
		"1.5s": 1500 * time.Millisecond, "2m": 2 * time.Minute, "1h30m": 90 * time.Minute, "0s": 0, "3153600000": duration.Max,
	} {
		if got, err := duration.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "-1", "-1s", "1 s", " 1", "1d", "0x10", "1e3", "NaN", "Inf", "+Inf", "3153600001", "1,5", "٣"} {
		if got, err := duration.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s", text, got)
		}
	}
}

// Parse takes what it returns, whatever it was given.
func FuzzParse(f *testing.F) {
	f.Add("1.5s")
	f.Add("99999999999999999999")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := duration.Parse(text)
		if err != nil {
			return
		}
		if again, err := duration.Parse(d.String()); err != nil || again != d {
			t.Errorf("Parse(%q) = %s, which reads as %s, %v", text, d, again, err)
		}
		if d < 0 || d > duration.Max {
			t.Errorf("Parse(%s) = %s", strconv.Quote(text), d)
		}
	})
}
