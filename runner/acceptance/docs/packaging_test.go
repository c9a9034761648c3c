package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shellBuild runs shell code with the functions of scripts/build.sh.
func shellBuild(t *testing.T, code string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("bash", append([]string{"-c", "set -euo pipefail; . scripts/build.sh; " + code, "bash"}, args...)...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1000000000")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestDocsInstalled follows the links of the pages that a package installs, to files that it
// installs as well.
func TestDocsInstalled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := shellBuild(t, `licences() { :; }; lay_out "$1" share/zsh/site-functions`, dir); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	doc := filepath.Join(dir, "share", "doc", "clsh")
	for _, page := range pages(t) {
		text, err := os.ReadFile(filepath.Join(doc, page))
		if err != nil {
			t.Error(err)
		}
		for _, link := range docLink.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(doc, filepath.Dir(page), link[1])); err != nil {
				t.Errorf("%s: link to %s: %v", page, link[0], err)
			}
		}
	}
	if tool, err := os.Readlink(filepath.Join(dir, "bin", "heat")); tool != "clsh" {
		t.Errorf("bin/heat is a link to %q, %v", tool, err)
	}
}

// TestChangelogForms makes the Debian changelog and the release's notes from CHANGELOG.md.
func TestChangelogForms(t *testing.T) {
	t.Parallel()
	for version, entries := range map[string]int{"1.0.0": 1, "1.0.1+3.gabcdef0": 2} {
		log, err := shellBuild(t, `debian_changelog "$1" "A B <a@b.example>"`, version)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		if !strings.HasPrefix(log, "clsh ("+version+") unstable; urgency=medium\n\n  ") {
			t.Errorf("%s begins with %.80s", version, log)
		}
		trailer := regexp.MustCompile(`(?m)^ -- A B <a@b\.example>  [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$`)
		if got := len(trailer.FindAllString(log, -1)); got < entries || got != strings.Count(log, "\nclsh (")+1 {
			t.Errorf("%s has %d trailers:\n%s", version, got, log)
		}
		for line := range strings.Lines(log) {
			if len(line) > 81 {
				t.Errorf("%s: %q is too long", version, line)
			}
		}
	}
	if notes, err := shellBuild(t, "notes 1.0.0"); err != nil || !strings.Contains(notes, "\n### heat\n") || strings.Contains(notes, "\n## ") {
		t.Errorf("notes of 1.0.0: %v\n%s", err, notes)
	}
	if _, err := shellBuild(t, "notes 1.0.1+3.gabcdef0"); err != nil {
		t.Errorf("notes of a build between releases: %v", err)
	}
	if notes, err := shellBuild(t, "notes 0.9.9"); err == nil {
		t.Errorf("a release that the changelog does not have gets the notes %q", notes)
	}
}
