package heat

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The page follows the state, has nothing of what the check is, and --timeline prints the same.
func TestPage(t *testing.T) {
	dir := t.TempDir()
	script(t, dir, "check", "test ! -e bad # secret")
	r := start(t, dir, "-i", "0.05", "--name", "web <1>", "--page", "page.html", "--state", "state", "--threshold", "2", "--on-change", "true", "./check", "secret")
	eventually(t, "the page says ok", func() bool {
		return strings.Contains(r.file("page.html"), "<h2>web &lt;1&gt;</h2>\n<p><b class=o>ok</b>")
	})
	script(t, dir, "bad", "")
	eventually(t, "the page says failed", func() bool {
		page := r.file("page.html")
		return strings.Contains(page, "<title>Not all checks are ok</title>") && strings.Contains(page, "<b class=x>failed</b><span class=dim> since 20")
	})
	r.signal(syscall.SIGTERM)
	r.wait()
	page := r.file("page.html")
	if strings.Contains(page, "secret") || strings.Contains(page, "check ") {
		t.Errorf("the page has the command:\n%s", page)
	}
	if today := time.Now().Format(time.DateOnly) + ": "; !strings.Contains(page, "<summary>Failed checks</summary>"+today) {
		t.Errorf("the page has no failures of %s\n%s", today, page)
	}
	timeline := start(t, dir, "--timeline", "--state", "state", "--name", "web")
	if code := timeline.wait(); code != 0 || !strings.HasPrefix(timeline.out.String(), "web: failed since 20") || !strings.Contains(timeline.out.String(), strings.Repeat(".", 89)) {
		t.Errorf("exit status %d, %s", code, timeline.out)
	}
}

// One page for all checks of a file; a reload takes off it what is gone.
func TestPageOfMany(t *testing.T) {
	a := fileCheck(t, "a", nil, "-i", "0.05", "--state", "states/", "true")
	b := fileCheck(t, "b", []string{"c"}, "-i", "0.05", "--state", "states/", "true")
	c := fileCheck(t, "c", nil, "-i", "0.05", "--state", "states/", "false")
	h := newHerd(t, a, b, c)
	if err := os.Mkdir("states", 0o700); err != nil {
		t.Fatal(err)
	}
	h.start("--page", "page.html")
	eventually(t, "all are on it", func() bool {
		page := h.file("page.html")
		return strings.Contains(page, "<h2>a</h2>\n<p><b class=o>ok") && strings.Contains(page, "<h2>b</h2>\n<p><b class=u>unknown") && strings.Contains(page, "<h2>c</h2>\n<p><b class=x>failed")
	})
	h.reload("reload: 1 added, 0 changed, 2 removed, 1 unchanged", nil, a, fileCheck(t, "d", nil, "-i", "0.05", "false"))
	eventually(t, "two are on it", func() bool {
		page := h.file("page.html")
		return strings.Contains(page, "<h2>a</h2>") && strings.Contains(page, "<h2>d</h2>") && !strings.Contains(page, "<h2>b</h2>") && !strings.Contains(page, "<h2>c</h2>")
	})
	h.end()
	if page := h.file("page.html"); !strings.Contains(page, "<h2>a</h2>") || !strings.Contains(page, "<h2>d</h2>") {
		t.Errorf("after the end:\n%s", page)
	}
	h.checks = []FileCheck{a, fileCheck(t, "new", nil, "--state", "states/", "true")}
	again := &herd{t: t, dir: h.dir, out: &printed{complete: make(chan struct{})}, err: filepath.Join(h.dir, "stderr2"), code: h.code, checks: h.checks}
	again.start("--timeline")
	if code := again.wait(); code != 0 || again.out.lines("\n") != 5 || !strings.HasPrefix(again.out.String(), "a: ok, 100 % good\n") || again.out.lines("new: unknown, no checks\n") != 1 {
		t.Errorf("exit status %d:\n%s", code, again.out)
	}
}

// --timeline needs a state, and says what is wrong with one.
func TestWrongTimelines(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "broken"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--timeline":                "--timeline: needs --state or --config",
		"--timeline --state none":   "--timeline: read state: open none: no such file",
		"--timeline --state broken": "--timeline: read state: unexpected end of JSON input",
	} {
		r := start(t, dir, strings.Fields(args)...)
		if code := r.wait(); code == 0 || !strings.Contains(r.err.String(), want) {
			t.Errorf("%s: exit status %d, %s", args, code, r.err)
		}
	}
	if text := (&herd{dir: dir}).file("broken"); text != "{" {
		t.Error("the broken file was changed")
	}
}
