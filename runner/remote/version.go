package remote

import (
	"regexp"
	"strconv"
)

// Version is OpenSSH's version. The zero value stands for an unknown ssh and
// counts as a current one.
type Version struct{ Major, Minor int }

var versionText = regexp.MustCompile(`OpenSSH(?:_for_Windows)?_(\d+)\.(\d+)`)

// ParseVersion reads what `ssh -V` prints.
func ParseVersion(text string) Version {
	m := versionText.FindStringSubmatch(text)
	if m == nil {
		return Version{}
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	return Version{major, minor}
}

// AtLeast tells whether v is major.minor or later.
func (v Version) AtLeast(major, minor int) bool {
	return v == Version{} || v.Major > major || v.Major == major && v.Minor >= minor
}
