package sshtest

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed kubectl.sh
var kubectl string

// Pods returns a directory with a kubectl that knows only "exec -i POD -- WORDS". Any name that
// begins with "pod" is a running pod, "noshell" one without a shell, and no other exists. As with
// the real one, WORDS run on when the client is killed, and see the end of their input. POD is in
// their environment.
func (s *Site) Pods() string {
	s.t.Helper()
	dir := filepath.Join(s.Dir, "pods")
	s.must("make a directory", os.MkdirAll(dir, 0o700))
	// A child writes it: a descriptor of ours could still be open in another child (ETXTBSY).
	write := exec.Command("sh", "-c", `cat >"$1" && chmod 700 "$1"`, "sh", filepath.Join(dir, "kubectl"))
	write.Stdin = strings.NewReader(kubectl)
	s.must("write kubectl", write.Run())
	return dir
}
