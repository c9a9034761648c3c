package interactive

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// wantFile checks what a file holds.
func wantFile(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %.40q (%v), want %q", path, got, err, want)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// :put and :get copy to and from the hosts that commands go to, and the directories of their shells,
// which go on as they were.
func TestInteractiveCopies(t *testing.T) {
	t.Parallel()
	shells := []string{"bash"}
	if sshtest.Full() {
		shells = append(shells, "fish")
	}
	for _, shell := range shells {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t, sshtest.Shell(shell))
			here := t.TempDir()
			cmd := clshtest.Cmd(t, s, "-i", "-h", "a,b")
			cmd.Dir = here
			for _, name := range []string{"app conf", "x1", "x2"} {
				writeFile(t, filepath.Join(here, name), name+" old\n")
			}
			p := clshtest.InteractiveCmd(t, cmd, t.TempDir())
			p.Does("X=kept; mkdir \"d  $CLSH_HOST\" && cd d*$CLSH_HOST")
			p.Does(":put app\\ conf")
			p.Sees(`^copied: \[?(a,b|a-b|b,a)\]? \(2\)\r?$`, 1)
			for _, host := range []string{"a", "b"} {
				wantFile(t, filepath.Join(s.Home, "d  "+host, "app conf"), "app conf old\n")
			}
			p.Does(":put 'app conf'")
			p.Sees(`^unchanged: `, 1)
			p.Does(`echo "$X in ${PWD##*/}"`)
			p.Sees(`^[ab]: kept in d  [ab]`, 2)

			p.Types(":only a\r")
			writeFile(t, filepath.Join(here, "app conf"), "new\n")
			p.Does(":put --chmod 600 app* x? sub/")
			p.Sees(`^copied: a\r?$`, 1)
			wantFile(t, filepath.Join(s.Home, "d  a/sub/app conf"), "new\n")
			wantFile(t, filepath.Join(s.Home, "d  a/sub/x2"), "x2 old\n")
			if info, err := os.Stat(filepath.Join(s.Home, "d  a/sub/x1")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("sub/x1: %v, %v", info, err)
			}
			if _, err := os.Stat(filepath.Join(s.Home, "d  b/sub")); err == nil {
				t.Error("the other host has got it as well")
			}
			p.Types(":all\r")
			p.Does(":get 'app conf' got")
			p.Sees(`^copied: \S+ \(2\)\r?$`, 2)
			wantFile(t, filepath.Join(here, "got/a/app conf"), "app conf old\n")
			wantFile(t, filepath.Join(here, "got/b/app conf"), "app conf old\n")
			p.Does(":get sub/x1")
			p.Sees(`^[b]: clsh: sub/x1: no such file or directory`, 1)
			p.Sees(`^exit 1: b\r?$`, 1)
			wantFile(t, filepath.Join(here, "a/x1"), "x1 old\n")
			p.Types(":put nothing sub/\r")
			p.Sees(`^:put "nothing": .*no such file`, 1)
			p.Leaves(0)
			s.WaitGone()
			noneOfOurs(t, s.Home)
			noneOfOurs(t, here)
		})
	}
}

// ^C stops a copy on every host and returns to the prompt: the old files are there, nothing of the
// copy is left, and the shells go on.
func TestInteractiveCopyInterrupt(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	big := filepath.Join(t.TempDir(), "big")
	writeFile(t, big, string(bytes.Repeat([]byte("new\n"), 1<<20)))
	p := clshtest.Interactive(t, s, "-h", "a,b")
	p.Does("X=kept; mkdir $CLSH_HOST; cd $CLSH_HOST; echo old >big")
	p.Types(":put --limit-rate 100K " + big + "\r")
	p.Sees(`running, 0\.[1-9] of 8\.\d MiB`, 1)
	p.Types("\x03")
	p.Finished()
	p.Sees(`^stopped: \S+ \(2\)`, 1)
	p.Does("cat big; echo $X")
	p.Sees(`^[ab]: old`, 2)
	p.Sees(`^[ab]: kept`, 2)
	p.Leaves(0)
	s.WaitGone()
	noneOfOurs(t, s.Home)
}

// noneOfOurs fails the test where a copy has left something of its own below dir.
func noneOfOurs(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(path), ".clsh.") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
