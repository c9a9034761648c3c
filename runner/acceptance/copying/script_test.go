package copying

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// However a script ends, its directory is removed: also while it takes no notice of a stop, and
// where nobody is left to ask for one.
func TestScriptEnds(t *testing.T) {
	t.Parallel()
	scripts := map[string]string{
		"plain":    "#!/bin/sh\necho up\nsleep 300\n",
		"ignoring": "#!/bin/sh\ntrap '' INT TERM HUP QUIT\necho up\nwhile :; do sleep 1; done\n",
	}
	for kind, text := range scripts {
		for end, do := range copyEnds() {
			for _, shell := range append([]string{"local"}, clshtest.Shells()...) {
				switch {
				case shell == "local" && end == "lost":
					continue // there is no connection
				case !sshtest.Full() && (kind == "plain") != (end == "INT" || end == "lost"):
					continue // the other kind's turn
				case !sshtest.Full() && shell != "local" && (shell != "bash" || end != "lost"):
					continue
				}
				t.Run(strings.Join([]string{shell, kind, end}, "/"), func(t *testing.T) {
					t.Parallel()
					var s *sshtest.Site
					args := []string{"--kill-after", "1", "-h", "a"}
					if shell == "local" {
						s, args = sshtest.New(t), append(args, "--via", "local")
					} else {
						s = sshtest.New(t, sshtest.Shell(shell))
					}
					name := "script" + sshtest.Mark() // other tests use /tmp, too
					writeTree(t, s.Dir, map[string][]byte{name: []byte(text)})
					temp := filepath.Join(s.Dir, "tmp")
					if err := os.Mkdir(temp, 0o777); err != nil {
						t.Fatal(err)
					}
					cmd := clshtest.Cmd(t, s, append(args, "--script", filepath.Join(s.Dir, name))...)
					cmd.Env = append(cmd.Env, "TMPDIR="+temp)
					c := clshtest.StartCmd(t, cmd)
					c.WaitFor(c.Out, "^a: up$", 1)
					do(s, c)
					if code := c.Wait(); code == 0 {
						t.Error("exit status 0")
					}
					s.WaitGone()
					for _, place := range []string{temp, "/tmp", "/var/tmp", s.Home} {
						list, err := filepath.Glob(filepath.Join(place, ".clsh.*", name))
						if err != nil || len(list) > 0 {
							t.Errorf("%v is left, %v", list, err)
						}
					}
				})
			}
		}
	}
}
