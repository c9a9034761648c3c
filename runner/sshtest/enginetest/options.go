package enginetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"clsh/hosts"
	"clsh/runner/conn"
	"clsh/runner/remote"
)

// viaShell is an ssh that runs its command here, in a session of its own as
// sshd does: the agent is the real one, and what a network does is left out.
// The host is $host, ssh's own log $log, the command $last.
const viaShell = `#!/bin/sh
for word; do
	case $option in -E) log=$word;; --) host=$word;; esac
	option=$word last=$word
done
%s
setsid --wait sh -c "$last"
status=$?
[ $status -le 128 ] || status=255
exit $status
`

// Options returns those of sessions with n hosts through an ssh that runs commands on this
// machine. Its script holds what before says.
func Options(t *testing.T, n int, before string) conn.Options {
	t.Helper()
	ssh := filepath.Join(t.TempDir(), "ssh")
	if err := os.WriteFile(ssh, fmt.Appendf(nil, viaShell, before), 0o700); err != nil {
		t.Fatal(err)
	}
	var list hosts.List
	for i := range n {
		name := "n" + strconv.Itoa(i)
		list = append(list, hosts.Host{Name: name, Addr: name})
	}
	return conn.Options{
		Hosts: list, SSH: remote.SSH{Program: []string{ssh}}, NoLogin: true, TempDir: t.TempDir(),
		Environ: []string{"PATH=" + os.Getenv("PATH"), "SHELL=/bin/sh", "HOME=/nonexistent"},
	}
}
