package output

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A line without an end is kept on disk in every way of showing, all of which are
// tried with --full.
func TestHostileLine(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	s := sshtest.New(t)
	size := int64(32 << 20) // kept in memory, it takes more than 128 MiB there
	if sshtest.Full() {
		size = 1 << 30
	}
	fake := sshtest.FakeSSH(t, clshtest.Attacker+fmt.Sprintf(`m ready; m begin; head -c %d /dev/zero | tr '\0' x; m "end 0"`, size))
	for name, args := range map[string][]string{
		"lines": {}, "gather": {"-b"}, "block": {"--format", "block"}, "directory": {"--out", "out/"}, "json": {"--format", "json"}, "diff": {"--diff"},
	} {
		if !sshtest.Full() && name != "lines" && name != "json" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			cmd := clshtest.Cmd(t, s, append(args, "--ssh", fake, "-h", "a", "true")...)
			cmd.Env = append(cmd.Env, "TMPDIR="+cmd.Dir)
			counted, w := io.Pipe()
			cmd.Stdout = w
			got := make(chan int64, 1)
			go func() {
				n, _ := io.Copy(io.Discard, counted)
				got <- n
			}()
			c := clshtest.StartCmd(t, cmd)
			peak := clshtest.WatchMemory(t, c)
			<-c.Done
			c.Want(0)
			_ = w.Close()
			n := <-got
			if name == "directory" {
				info, err := os.Stat(filepath.Join(cmd.Dir, "out", "a.out"))
				if err != nil {
					t.Fatal(err)
				}
				n = info.Size()
			}
			most := <-peak
			t.Logf("%d bytes shown, peak %d MiB", n, most>>20)
			if n < size || n > size+size/50 {
				t.Errorf("%d bytes shown of %d", n, size)
			}
			if most > 128<<20 {
				t.Errorf("%d MiB in memory", most>>20)
			}
		})
	}
}

// What ssh has started and left behind may write for ever, and clsh ends all the
// same, also where its reader is slower.
func TestHostileOrphan(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	up := filepath.Join(t.TempDir(), "up")
	fake := sshtest.FakeSSH(t, clshtest.Attacker+`m ready; m begin
		setsid sh -c 'yes orphan | head -c 200000; echo >`+up+`; exec yes orphan' & until test -e `+up+`; do :; done
		exit 3`)
	cmd := clshtest.Cmd(t, s, "--ssh", fake, "-h", "a", "true")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	c := clshtest.StartCmd(t, cmd)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	total := 0
	for one := make([]byte, 1); ; total++ {
		if _, err := r.Read(one); err != nil {
			break
		}
		if total > 2<<20 {
			t.Fatal("still writing after 2 MiB")
		}
	}
	t.Logf("%d bytes", total)
	c.Want(3)
}

// A host that says marks without end does not keep an interactive session from
// ending, nor does one whose shell ends again and again fill the memory.
func TestHostileInteractive(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	gone := filepath.Join(t.TempDir(), "gone")
	for name, body := range map[string]string{
		"ends": `m ready; m begin; read -r x; { many "end 0"; echo >` + gone + `; exec yes "$(printf '\036%s end 0' "$nonce")"; } & until test -e ` + gone + `; do :; done; exit 0`,
		"gone": `m ready; m begin; read -r x; exec 3<&0; cat <&3 >/dev/null & awk -v n="$nonce" 'BEGIN { for (i = 0; i < 50000; i++) printf "\036%s gone %d\n\036%s begin\n", n, i % 256, n }'; echo >` + gone + `; exit 0`,
	} {
		t.Run(name, func(t *testing.T) {
			_ = os.Remove(gone)
			cmd := clshtest.Cmd(t, s, "--ssh", sshtest.FakeSSH(t, clshtest.Attacker+body), "-i", "--keep-going", "-h", "a")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			c := clshtest.StartCmd(t, cmd)
			sshtest.WaitFor(t, "the host has said it all", func() bool { _, err := os.Stat(gone); return err == nil })
			if _, err := io.WriteString(in, "echo after\nquit\n"); err != nil {
				t.Fatal(err)
			}
			c.Want(0)
			if n := strings.Count(c.Out.String(), "Note:"); n > 1 {
				t.Errorf("%d notes", n)
			}
			s.WaitGone()
		})
	}
}

// File names of a host become part of a line for all hosts: those that a shell
// would read as more than a name, and those that would steer the terminal, are not
// offered.
func TestHostileCompletion(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	for _, name := range []string{"evil;touch ran", "evil$(touch ran)", "evil`touch ran`", "evil|sh", "evil\x1b]0;title\x07", "evil\u009b2J", "evil\u202e", "evil\xff"} {
		clshtest.Touch(t, filepath.Join(s.Home, name))
	}
	p := clshtest.Interactive(t, s, "-h", "a,b")
	p.Does("cd; pwd")
	p.Types("echo got evil\t\t\r")
	p.Finished()
	p.Sees(`^[ab]: got evil\r?$`, 2)
	clshtest.Touch(t, filepath.Join(s.Home, "evil-but-plain_é.txt"))
	p.Does("echo now evil\t")
	p.Sees(`^[ab]: now evil-but-plain_é.txt`, 2)
	for _, bad := range []string{"\x1b]", "\u009b", "\u202e", "\xff"} {
		if text := p.Out.String(); strings.Contains(text, bad) {
			t.Errorf("the terminal was sent %q", text)
		}
	}
	p.Leaves(0)
	if _, err := os.Stat(filepath.Join(s.Home, "ran")); err == nil {
		t.Error("a file's name was run")
	}
}

// harmlessOnTerminal is all that a host may make clsh send to a terminal.
var harmlessOnTerminal = regexp.MustCompile(`^(?:[^\x00-\x1f\x7f-\x{9f}\x{2028}-\x{202e}\x{2066}-\x{2069}]|\t|\r?\n|\x1b\[[0-9;:]*m)*$`)

// Nothing that a host, its login, ssh for it, or a source of groups says steers the
// terminal, wherever it is shown.
func TestHostileTerminal(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	evil := `evil() { printf '\033]0;title\007\033]52;c;ZXZpbA==\007\033P+q\033\\\033[2J\033[6n\033[?1049h\033[>4;2m\200\233\2152J\302\233m\342\200\256x\342\200\250y\342\201\247\177\010\rz\n'; }
	`
	fake := sshtest.FakeSSH(t, clshtest.Attacker+evil+`case $host in
		output) m ready; read -r x; m begin; evil; evil >&2; printf 'half \303' ; m "end 3" ;;
		login) evil; evil >&2; exit 1 ;;
		refused) evil >>"$log"; exit 255 ;;
		key) { printf 'Warning: Permanently added '; evil; } >>"$log"; m ready; m begin; m "end 0" ;;
		lost) m ready; m begin; evil >&2; evil >>"$log"; exit 255 ;;
		noise) evil; m ready; evil >&2; m begin; echo ok; m "end 0" ;;
	esac`)
	groups := filepath.Join(t.TempDir(), "groups.conf")
	if err := os.WriteFile(groups, []byte("[x]\nmap: printf '\\033]0;title\\007\\n' >&2; exit 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const all = "output,login,refused,key,lost,noise"
	for name, args := range map[string][]string{
		"lines": {"-h", all}, "verbose": {"-v", "-h", all}, "json": {"--format", "json", "-h", all}, "gather": {"-B", "-h", all},
		"diff": {"--diff", "--normalize", "--color", "always", "-h", all}, "block": {"--format", "block", "--ordered", "-h", all},
		"group": {"-h", "@x:y"}, "name": {"-h", "a\x1b]0;title\x07"}, "exclude": {"-h", "a", "-x", "b\u202e\x07"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := clshtest.Cmd(t, s, append([]string{"--ssh", fake, "--keep-going", "--progress", "never", "--summary"}, append(args, "true")...)...)
			cmd.Env = append(cmd.Env, "CLUSTERSHELL_CFGDIR="+filepath.Dir(groups), "TERM=xterm")
			c, _ := clshtest.StartCmdOnTerminal(t, cmd)
			c.Wait()
			p := c.Out
			sshtest.WaitFor(t, "all was read", func() bool { return strings.HasSuffix(p.String(), "\n") })
			if text := p.String(); !harmlessOnTerminal.MatchString(text) || strings.Contains(text, "\ufffd") && name != "json" {
				t.Errorf("the terminal was sent %q", text)
			}
			if !strings.Contains(p.String(), "title") && name != "exclude" {
				t.Errorf("it is not shown at all: %q", p)
			}
		})
	}
}

// Where temporary files cannot be made, and where others have made some before,
// is reported or does no harm; a history in a directory of others is not kept.
func TestHostilePlaces(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	temp := t.TempDir()
	victim := filepath.Join(t.TempDir(), "victim")
	clshtest.Touch(t, victim)
	for i := range 20 {
		if err := os.Symlink(victim, filepath.Join(temp, fmt.Sprintf("clsh-%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	cmd := clshtest.Cmd(t, s, "-h", "a", "echo out")
	cmd.Env = append(cmd.Env, "TMPDIR="+temp)
	clshtest.StartCmd(t, cmd).Want(0, "a: out")

	cmd = clshtest.Cmd(t, s, "-h", "a", "echo out")
	cmd.Env = append(cmd.Env, "TMPDIR="+temp+"/none")
	c := clshtest.StartCmd(t, cmd)
	c.Want(1)
	c.WantError(`clsh: make a private directory: .*none`, "hint: set TMPDIR")

	state := t.TempDir()
	if err := os.Mkdir(filepath.Join(state, "clsh"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(state, "clsh"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(state, "clsh", "history")); err != nil {
		t.Fatal(err)
	}
	cmd = clshtest.Cmd(t, s, "-i", "-h", "a")
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+state, "NO_COLOR=1", "TERM=xterm")
	c, terminal := clshtest.StartCmdOnTerminal(t, cmd)
	p := &clshtest.Typist{Command: c, Terminal: terminal}
	p.Prompted()
	p.Sees(`Note: no history is kept: .*others may write`, 1)
	p.Does("echo secret")
	p.Leaves(0)
	if text, err := os.ReadFile(victim); err != nil || len(text) > 0 {
		t.Errorf("the file behind the link holds %q, %v", text, err)
	}
	s.WaitGone()
}

// A record file to be written, or a directory for output, that others have made
// into something else.
func TestHostileDirectory(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	fake := sshtest.FakeSSH(t, clshtest.Attacker+`m ready; m begin; echo out; m "end 0"`)
	for name, plant := range map[string]func(path string) error{
		"link":      func(path string) error { return os.Symlink("/etc/passwd", path) },
		"dangling":  func(path string) error { return os.Symlink("../made", path) },
		"hard link": func(path string) error { clshtest.Touch(t, path+".other"); return os.Link(path+".other", path) },
		"FIFO":      func(path string) error { return syscall.Mkfifo(path, 0o666) },
		"directory": func(path string) error { return os.Mkdir(path, 0o777) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "out"), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := plant(filepath.Join(dir, "out", "a.out")); err != nil {
				t.Fatal(err)
			}
			c := clshtest.Start(t, s, "--ssh", fake, "--out", dir+"/out", "-h", "a", "true")
			c.Want(1)
			c.WantError(`clsh: open .*/out/a\.out: `)
			if _, err := os.Stat(filepath.Join(dir, "made")); err == nil {
				t.Error("a file was made behind a link")
			}
		})
	}
}
