package interactive

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A compatRow is one call of the Python clsh: what it prints to the byte, and which files it
// leaves. Standard error is always empty.
type compatRow struct {
	matter string
	args   string // split at blanks; ~ is a blank within a word
	stdin  string
	env    string
	status int
	stdout string            // compatMask has been applied to it
	files  map[string]string // those made by the call; nil: none
}

// refusedWords and the others are what ssh says, masked.
const (
	refusedWords = "ssh: connect to host 127.0.0.1 port N: Connection refused"
	deniedWords  = "U@d: Permission denied (publickey)."
	unknownWords = "ssh: Could not resolve hostname u: WHY"
	interactive1 = "Enter 'quit' to leave this interactive mode\nWorking with nodes: "
)

// compatMask hides what differs from one machine to the next.
func compatMask(s *sshtest.Site, text string) string {
	for _, m := range []struct{ pattern, with string }{
		{`port [0-9]+:`, "port N:"},
		{`(resolve hostname) \S+: .*`, "$1 u: WHY"},
		{`(?m)` + regexp.QuoteMeta(s.User) + `@[^ :]+: (Permission denied \([a-z,-]+\)\.)$`, "U@d: $1"},
		{`\(publickey[a-z,-]*\)`, "(publickey)"},
	} {
		text = regexp.MustCompile(m.pattern).ReplaceAllString(text, m.with)
	}
	return text
}

// TestCompat has a row for each way of the Python clsh that CLSH_COMPAT follows. Command lines
// without special hosts are in testdata/clsh_compat.txtar.
func TestCompat(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	s.Refused("r")
	s.Denied("d")
	s.Host("u", "HostName no..such", "ProxyCommand none")
	s.Silent("x")
	s.Silent("y")
	// One after the other: many logins at once may take more than 5 s on a busy machine.
	for _, row := range slices.Concat(compatWords(), compatStreams(), compatSessions()) {
		t.Run(row.matter, func(t *testing.T) { row.run(t, s) })
	}
	for _, row := range compatLost() {
		t.Run(row.matter, func(t *testing.T) {
			t.Parallel()
			row.run(t, s)
		})
	}
}

// compatWords are hosts that say no.
func compatWords() []compatRow {
	return []compatRow{
		{matter: "one refuses", args: "-h a,r,b echo hi", stdout: "a: hi\nr: " + refusedWords + "\nb: hi\n"},
		{matter: "one denies", args: "-h d,a exit 3", stdout: "d: " + deniedWords + "\na:\n"},
		{matter: "one is unknown", args: "-h a,u echo hi", stdout: "a: hi\nu: " + unknownWords + "\n"},
		{matter: "the words are standard error", args: "-h r,a --out o --err e echo hi", files: map[string]string{"o": "a: hi\n", "e": "r: " + refusedWords + "\n"}},
		{matter: "a command that exits with 255", args: "-h a exit 255", stdout: "a:\n"},
	}
}

// compatStreams are the two outputs, the files, and the hosts.
func compatStreams() []compatRow {
	return []compatRow{
		{matter: "standard error beside standard output", args: "-h a,b echo~out;echo~err~>&2;exit~2", stdout: "a: out\nb: out\n"},
		{matter: "standard error alone", args: "-h a echo~err~>&2;exit~2", stdout: "a: err\n"},
		{matter: "one label", args: "-h b,a echo~1;echo~2", stdout: "b: 1\n2\na: 1\n2\n"},
		{matter: "--out without output", args: "-h a --out o --err e true"},
		{matter: "--out with output", args: "-h a --out o --err e echo hi", files: map[string]string{"o": "a: hi\n"}},
		{matter: "--err with output", args: "-h a --out o --err e echo~err~>&2", files: map[string]string{"e": "a: err\n"}},
		{matter: "the same host twice", args: "-h a,b,a echo hi", stdout: "a: hi\nb: hi\na: hi\n"},
		{matter: "the same host twice in CLSH_HOSTS", env: "CLSH_HOSTS=a:a", args: "echo hi", stdout: "Note: use CLSH_HOSTS environment\na: hi\na: hi\n"},
		{matter: "no command", args: "-h a,b", stdout: "a:\nb:\n"},
		{matter: "options behind the command", args: "echo hi --us U -h a --ou o", files: map[string]string{"o": "a: hi\n"}},
		{matter: "no hosts", args: "true", stdout: "--hostfile 옵션이 제공되지 않았습니다\n"},
		{matter: "a wrong option", args: "--nosuch true", status: 2, stdout: "clsh: --nosuch: unknown option\nhint: clsh --help shows all options\n"},
		{matter: "an unknown variable", env: "CLSH_NOSUCH=1", args: "-h a echo hi", stdout: "a: hi\n"},
	}
}

// compatSessions are interactive sessions through a pipe.
func compatSessions() []compatRow {
	return []compatRow{
		{matter: "-i: nothing is echoed, each line is a login of its own", args: "-i -h a,b", stdin: "cd /tmp; X=5\ntest $PWD = /tmp || echo home; echo $X\nquit\n",
			stdout: interactive1 + "a, b\nclsh> -----\na:\nb:\n-----\nclsh> -----\na: home\n\nb: home\n\n-----\nclsh> "},
		{matter: "-i: hosts that say no stay", args: "-h r,a -i --out o", stdin: "echo 1\necho 2 >&2\n!echo 3\nquit\n",
			stdout: interactive1 + "r, a\nclsh> -----\nr: " + refusedWords + "\na: 1\n-----\nclsh> -----\nr: " + refusedWords + "\na: 2\n-----\nclsh> -----\nLOCAL: 3\n-----\nclsh> "},
		{matter: "-i: clsh's own commands", args: "-i -h a,b", stdin: ":drop b\necho 1\n:add b\n:only b\necho 2\n:all\n:hosts\n:reconnect\nquit\n",
			stdout: interactive1 + "a, b\nclsh> clsh> -----\na: 1\n-----\nclsh> clsh> clsh> -----\nb: 2\n-----\nclsh> clsh> ready: a,b (2)\nclsh> none of them is lost\nclsh> "},
		{matter: "-i: only quit leaves", args: "-i -h a,a", stdin: "exit\necho on\n", stdout: interactive1 + "a, a\nclsh> -----\na:\na:\n-----\nclsh> -----\na: on\na: on\n-----\nclsh> \n"},
	}
}

// compatLost are hosts that take 5 s.
func compatLost() []compatRow {
	return []compatRow{
		{matter: "a silent host", args: "-h a,x,b echo hi", stdout: "a: hi\nERROR: x connection lost\n"},
		{matter: "two silent hosts", args: "-h r,x,y echo hi", stdout: "r: " + refusedWords + "\nERROR: x connection lost\n"},
		{matter: "a command that takes 5 s", args: "-h a,b,a echo~out;echo~err~>&2;test~$CLSH_HOST~=~a~||~exec~sleep~300", stdout: "a: out\nERROR: b connection lost\n"},
		{matter: "-i: a silent host", args: "-i -h x,a", stdin: "ls\nls\nquit\n", stdout: interactive1 + "x, a\nclsh> -----\nERROR: x connection lost\n"},
		{matter: "-i: a command that takes 5 s", args: "-i -h a,b", stdin: "echo 1\necho 2; sleep 300\necho 3\n",
			stdout: interactive1 + "a, b\nclsh> -----\na: 1\nb: 1\n-----\nclsh> -----\nERROR: a connection lost\n"},
	}
}

// A line that is stopped leaves nothing behind, and the session goes on; a signal ends both.
func TestCompatInteractiveStop(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	cmd := clshtest.Cmd(t, s, "-i", "-h", "a,b")
	cmd.Env = append(cmd.Env, "CLSH_COMPAT=1")
	p := clshtest.InteractiveCmd(t, cmd, t.TempDir())
	for _, stop := range []string{"\x03", ""} {
		mark := sshtest.Mark()
		p.Types("exec env MARK=" + mark + " sleep 4\r")
		sshtest.WaitMarked(t, mark, 2)
		if stop == "" {
			p.Signal(syscall.SIGINT)
			break
		}
		p.Types(stop)
		p.Finished()
		sshtest.WaitGone(t, mark)
		p.Does("echo $CLSH_HOST goes on")
		p.Sees(`^b: b goes on`, 1)
	}
	if code := p.Wait(); code != 0 {
		t.Errorf("status %d", code)
	}
	s.WaitGone()
}

// run makes the call in a directory of its own and compares all that it leaves.
func (r *compatRow) run(t *testing.T, s *sshtest.Site) {
	t.Helper()
	words := strings.Fields(r.args)
	for i, w := range words {
		if w == "U" {
			words[i] = s.User
			continue
		}
		words[i] = strings.ReplaceAll(w, "~", " ")
	}
	cmd := clshtest.Cmd(t, s, words...)
	cmd.Env = append(cmd.Env, "CLSH_COMPAT=1", r.env)
	cmd.Stdin = strings.NewReader(r.stdin)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	status := 0
	if err := cmd.Run(); err != nil {
		exit := &exec.ExitError{}
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status = exit.ExitCode()
	}
	if status != r.status {
		t.Errorf("status %d, want %d", status, r.status)
	}
	if got := compatMask(s, stdout.String()); got != r.stdout {
		t.Errorf("standard output\n%s\nwant\n%s", got, r.stdout)
	}
	if stderr.Len() > 0 {
		t.Errorf("standard error %q", stderr.String())
	}
	files := map[string]string{}
	err := filepath.WalkDir(cmd.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[filepath.Base(path)] = compatMask(s, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(files, r.files) {
		t.Errorf("files %q, want %q", files, r.files)
	}
}
