package acceptance

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clsh/heat/history"
	"clsh/runner/sshtest"
)

//go:embed measure.html
var measurePage string

// A view is the page as a browser shows it in one width; lengths are in pixels.
type view struct {
	Width, Wide       int // of the window, and of what is in it
	Dark              bool
	Contrast          float64 // the least of all text and bars to the background
	Colours           int
	Font, Bar         float64 // the smallest text, the lowest bar
	Bars, Beyond      int     // Beyond: elements that reach beyond the window
	Scripts, Requests int
}

// TestBrowser shows the page of 50 checks in chromium, in three widths, light and dark. It runs with
// --full, and in scripts/page. With CLSH_TEST_SCREENSHOTS it leaves pictures in that directory.
func TestBrowser(t *testing.T) {
	if !sshtest.Full() {
		return
	}
	sshtest.Need(t, "chromium")
	dir := t.TempDir()
	for name, text := range map[string]string{"page.html": string(history.HTML(time.Now(), exampleChecks(50))), "measure.html": measurePage} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for number, scheme := range []string{"dark", "light"} { // as chromium counts them
		chosen := fmt.Sprintf("--blink-settings=preferredColorScheme=%d", number)
		_, text, found := strings.Cut(chromium(t, chosen, "--allow-file-access-from-files", "--dump-dom", "file://"+dir+"/measure.html"), "<pre>")
		text, _, _ = strings.Cut(text, "</pre>")
		var views []view
		if err := json.Unmarshal([]byte(html.UnescapeString(text)), &views); err != nil || !found || len(views) != 3 {
			t.Fatalf("%s: %v, %q", scheme, err, text)
		}
		for _, v := range views {
			t.Logf("%s: %+v", scheme, v)
			switch {
			case v.Dark != (scheme == "dark"):
				t.Errorf("%s, %d px: the background is the other one", scheme, v.Width)
			case v.Wide > v.Width || v.Beyond > 0:
				t.Errorf("%s, %d px: %d px wide, %d elements reach beyond", scheme, v.Width, v.Wide, v.Beyond)
			case v.Contrast < 4.5 || v.Colours < 5 || v.Font < 16:
				t.Errorf("%s, %d px: hard to read: %+v", scheme, v.Width, v)
			case v.Bars != 50 || v.Bar < 16:
				t.Errorf("%s, %d px: %d bars of %v px", scheme, v.Width, v.Bars, v.Bar)
			case v.Scripts+v.Requests > 0:
				t.Errorf("the page has %d scripts and loads %d files", v.Scripts, v.Requests)
			}
		}
		if to := os.Getenv("CLSH_TEST_SCREENSHOTS"); to != "" {
			for _, width := range []int{500, 1600} { // a window of less than 500 px is none of chromium's
				chromium(t, chosen, fmt.Sprintf("--window-size=%d,1000", width),
					fmt.Sprintf("--screenshot=%s/page-%s-%d.png", to, scheme, width), "file://"+dir+"/page.html")
			}
		}
	}
}

// chromium runs it with a profile of its own, and returns its standard output.
func chromium(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("chromium", append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--user-data-dir=" + t.TempDir(),
	}, args...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%.2000s", err, errs.String())
	}
	return string(out)
}

// exampleChecks returns checks in each state, with days of each kind, and long names.
func exampleChecks(n int) []history.Check {
	states, now := []string{"ok", "failed", "flapping", "gave-up", "unknown"}, time.Now()
	checks := make([]history.Check, n)
	for i := range checks {
		c := &checks[i]
		c.Name, c.State, c.Since = fmt.Sprintf("check-%d.%s.example.org", i, strings.Repeat("long", i)), states[i%len(states)], now.Unix()
		for day := range history.Days {
			for check := range 5 {
				good := (day+i)%7 != 0 || check > day%5
				c.Days = history.Add(c.Days, now.AddDate(0, 0, day-history.Days+1), good, !good && day%4 != 0)
			}
		}
	}
	return checks
}
