package history

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	now, err := time.ParseInLocation("2006-01-02 15:04", text, time.Local)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestAdd(t *testing.T) {
	t.Parallel()
	var days []Day
	begin := at(t, "2026-08-01 12:00")
	for n := range 100 {
		days = Add(days, begin.AddDate(0, 0, n), true, false)
	}
	if len(days) != Days || days[0].Date != "2026-08-11" || days[Days-1].Date != "2026-11-08" {
		t.Errorf("%d days, from %s to %s", len(days), days[0].Date, days[len(days)-1].Date)
	}
	days = Add(days, at(t, "2026-11-08 23:59"), false, true)
	days = Add(days, at(t, "2026-11-01 00:00"), false, false) // the clock was set back
	if diff := cmp.Diff(Day{Date: "2026-11-08", Good: 1, Failed: 1, Unknown: 1}, days[Days-1]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for want, day := range map[string]Day{
		"no checks": {Unknown: 3}, "100 % good": {Good: 1}, "0.00 % good": {Failed: 9}, "99.99 % good": {Good: 999_999, Failed: 1}, "50.00 % good": {Good: 2, Failed: 2},
	} {
		if got := share([]Day{day}); got != want {
			t.Errorf("%+v: %s, want %s", day, got, want)
		}
	}
}

func example(t *testing.T) []Check {
	t.Helper()
	return []Check{
		{Name: "web & <shop>", State: "ok", Since: at(t, "2026-11-27 08:30").Unix(), Days: []Day{
			{Date: "2026-11-24", Good: 5}, {Date: "2026-11-25", Good: 3, Failed: 1}, {Date: "2026-11-26", Failed: 4}, {Date: "2026-11-27", Unknown: 2}, {Date: "2026-11-28", Good: 9},
		}},
		{Name: "db", State: "failed"},
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	got := Text(at(t, "2026-11-28 20:00"), example(t))
	want := "web & <shop>: ok since 2026-11-27 08:30, 77.27 % good\n  " + strings.Repeat(".", 85) + "|!X?|\n" +
		"db: failed, no checks\n  " + strings.Repeat(".", 90) + "\n" +
		"90 days, today at the right: | good, ! some failed, X half or more failed, ? unknown, . no checks\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestHTML(t *testing.T) {
	t.Parallel()
	page := string(HTML(at(t, "2026-11-28 20:00"), example(t)))
	for _, want := range []string{
		"<title>Not all checks are ok</title>", "<h2>web &amp; &lt;shop&gt;</h2>", "<b class=o>ok</b><span class=dim> since 2026-11-27 08:30</span>, 77.27 % good",
		`<path class=o stroke-width=4 d="M85 8h1M89 8h1"/>`, `<path class=x stroke-width=10 d="M87 5h1"/>`, "2026-11-26: 4 of 4<br>2026-11-25: 1 of 4</details>",
		"<h2>db</h2>\n<p><b class=x>failed</b>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if strings.Contains(strings.ToLower(page), "<script") || strings.Contains(page, "http") {
		t.Error("the page has a script, or something from elsewhere")
	}
	// Tags are closed where they must be.
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, slices.Concat(xml.HTMLAutoClose, []string{"meta", "html"}), xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil && !strings.Contains(err.Error(), "unexpected EOF") {
			t.Fatalf("%v in\n%s", err, page)
		} else if err != nil {
			break
		}
	}
}

// Fifty checks whose every day differs from the next make a page of 100 kB at most.
func TestSize(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-28 20:00")
	var checks []Check
	for n := range 50 {
		c := Check{Name: fmt.Sprintf("check-with-a-long-name-%d.example.org", n), State: "flapping", Since: now.Unix()}
		for d := range Days {
			c.Days = Add(c.Days, now.AddDate(0, 0, d-Days+1), d%2 == 0, true)
			c.Days = Add(c.Days, now.AddDate(0, 0, d-Days+1), d%3 == 0, true)
		}
		checks = append(checks, c)
	}
	page := HTML(now, checks)
	t.Logf("%d bytes", len(page))
	if len(page) > 100_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
}

// All colours have a contrast of 4.5 to the background, in both schemes.
func TestContrast(t *testing.T) {
	t.Parallel()
	light, dark, _ := strings.Cut(style, "@media")
	dark, _, _ = strings.Cut(dark, "\n")
	light, _, _ = strings.Cut(light, "\n")
	colours := regexp.MustCompile(`--(\w+):#(\w+)`)
	for scheme, text := range map[string]string{"light": light, "dark": dark} {
		values := map[string]string{}
		for _, m := range colours.FindAllStringSubmatch(text, -1) {
			values[m[1]] = m[2]
		}
		if len(values) != 7 {
			t.Errorf("%s has the colours %v", scheme, values)
		}
		for name, colour := range values {
			ratio := contrast(t, colour, values["bg"])
			if name != "bg" && ratio < 4.5 {
				t.Errorf("%s: %s has a contrast of %.2f, want 4.5", scheme, name, ratio)
			}
		}
	}
}

// contrast is that of WCAG 2.1.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(hex string) (l float64) {
		if len(hex) == 3 {
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
		}
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			l += weight * c
		}
		return l
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
