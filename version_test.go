package main

import (
	"os"
	"regexp"
	"runtime/debug"
	"testing"
)

func TestBuildVersion(t *testing.T) {
	t.Parallel()
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	clean, modified := debug.BuildSetting{Key: "vcs.modified", Value: "false"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for _, c := range []struct {
		name, linked, module string
		settings             []debug.BuildSetting
		want                 string
	}{
		{"release build", "1.2.3 (commit abc)", "v0.0.0", []debug.BuildSetting{revision}, "1.2.3 (commit abc)"},
		{"go build, on a tag", "", "v1.2.3", []debug.BuildSetting{revision, clean}, "1.2.3 (commit 0123456789ab)"},
		{"go build, on a tag, modified", "", "v1.2.3+dirty", []debug.BuildSetting{revision, modified}, "1.2.3 (commit 0123456789ab, modified)"},
		{"go build, after a tag", "", "v1.2.4-0.20261128101112-0123456789ab", []debug.BuildSetting{revision, clean}, release + "+dev (commit 0123456789ab)"},
		{"go build, without tags", "", "v0.0.0-20261128101112-0123456789ab+dirty", []debug.BuildSetting{revision, modified}, release + "+dev (commit 0123456789ab, modified)"},
		{"go build, an older Go", "", "(devel)", []debug.BuildSetting{revision, clean}, release + "+dev (commit 0123456789ab)"},
		{"go build -buildvcs=false", "", "(devel)", nil, release + "+dev (commit unknown)"},
		{"go install MODULE@v1.2.3", "", "v1.2.3", nil, "1.2.3"},
		{"go install MODULE@v1.2.3-rc.1", "", "v1.2.3-rc.1", nil, "1.2.3-rc.1"},
		{"go install MODULE@main", "", "v1.2.4-0.20261128101112-abcdef012345", nil, release + "+dev (commit abcdef012345)"},
		{"go install MODULE@main, after a candidate", "", "v1.2.3-rc.1.0.20261128101112-abcdef012345", nil, release + "+dev (commit abcdef012345)"},
		{"go test", "", "", nil, release + "+dev (commit unknown)"},
	} {
		info := &debug.BuildInfo{Settings: c.settings}
		info.Main.Version = c.module
		if got := buildVersion(c.linked, info); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := buildVersion("", nil); got != release+"+dev (commit unknown)" {
		t.Errorf("without build information: %q", got)
	}
}

// The version in the source is the newest one of the changelog.
func TestRelease(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	newest := regexp.MustCompile(`(?m)^## ([0-9]\S*) - [0-9]{4}-[0-9]{2}-[0-9]{2}$`).FindSubmatch(text)
	if newest == nil || string(newest[1]) != release {
		t.Errorf("version.go says %s, CHANGELOG.md %q", release, newest)
	}
}
