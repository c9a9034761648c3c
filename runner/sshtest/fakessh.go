package sshtest

import (
	"os"
	"path/filepath"
	"testing"
)

// FakeSSH returns a value for clsh's --ssh: a stand-in for ssh that takes
// ssh's command line and runs body, a piece of a POSIX shell script. body
// finds the host's name in $host, the remote command in $command, and the files
// of -E and -F in $log and $config (ssh(1); /dev/null where not given). An
// empty body runs the command here. Login shells are sh, and find no rc files.
//
// It is a shell script, not the test binary, because under the race detector
// that takes half a second to begin and to end; and it is given to sh to
// read, because a file that was just written can be busy (ETXTBSY) while
// another goroutine's fork still holds it.
func FakeSSH(t testing.TB, body string) string {
	t.Helper()
	if body == "" {
		body = `exec sh -c "$command"`
	}
	const head = `log=/dev/null config=/dev/null
HOME=/nonexistent SHELL=/bin/sh
export HOME SHELL
while getopts 1246AaCfgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:P:p:Q:R:S:W:w: option; do
	case $option in
	E) log=$OPTARG ;;
	F) config=$OPTARG ;;
	\?) exit 255 ;;
	esac
done
shift $((OPTIND - 1))
[ "$1" != -- ] || shift
host=$1
shift
[ "${1-}" != -- ] || shift
command=$*
`
	path := filepath.Join(t.TempDir(), "fake-ssh")
	if err := os.WriteFile(path, []byte(head+body+"\n"), 0o600); err != nil {
		t.Fatalf("write the fake ssh: %v", err)
	}
	return "sh " + quote(path)
}
