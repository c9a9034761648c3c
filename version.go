package main

import (
	"cmp"
	"regexp"
	"runtime/debug"
	"strings"
)

// release is the newest version in CHANGELOG.md.
const release = "1.0.0"

// version is set by scripts/package and scripts/release (-ldflags "-X main.version=…").
var version string

// pseudoVersion is a version that Go makes for a commit without a tag
// (https://go.dev/ref/mod#pseudo-versions).
var pseudoVersion = regexp.MustCompile(`^v[0-9.]+-(?:.*\.)?[0-9]{14}-([0-9a-f]{12})(?:\+.*)?$`)

// buildVersion returns the version and the commit of this program: what the build was given
// (linked), else what Go knows of the source. A version that ends in +dev follows the release.
func buildVersion(linked string, info *debug.BuildInfo) string {
	if linked != "" {
		return linked
	}
	number, commit, modified := release+"+dev", "", ""
	if info != nil {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				modified = ", modified"
			}
		}
		tag := strings.TrimSuffix(info.Main.Version, "+dirty")
		if pseudo := pseudoVersion.FindStringSubmatch(tag); pseudo != nil {
			commit = cmp.Or(commit, pseudo[1]) // go install MODULE@COMMIT
		} else if strings.HasPrefix(tag, "v") {
			number = tag[1:]
			if commit == "" {
				return number // go install MODULE@VERSION: the tag says which commit
			}
		}
	}
	if commit == "" {
		return number + " (commit unknown)"
	}
	return number + " (commit " + commit[:min(12, len(commit))] + modified + ")"
}
