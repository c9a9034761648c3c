package interactive

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// completionPlace is a home and a directory of its own for completion, with
// names of each kind: no file of the user's is read.
type completionPlace struct{ home, dir string }

func newCompletionPlace(t *testing.T) completionPlace {
	t.Helper()
	p := completionPlace{t.TempDir(), t.TempDir()}
	p.write(t, p.home, map[string]string{
		".ssh/config":            "Host alias1 alias2\n",
		"other_config":           "Host other1\n",
		"clustershell/none.conf": "",
		".bashrc":                "PS1='READY> '\neval \"$(clsh --completion bash)\"\n",
		"inventory":              "#!/bin/sh\necho '{\"prod\": {\"hosts\": [\"site1\", \"site2\"]}, \"_meta\": {\"hostvars\": {}}}'\n",
		".zshrc":                 "PS1='READY> '\nsetopt nonomatch\nautoload -Uz compinit\ncompinit -u\nsource <(clsh --completion zsh)\n",
	})
	if err := os.Chmod(filepath.Join(p.home, "inventory"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.write(t, p.dir, map[string]string{
		".hostfile": "db1\n[web]\nweb1\nweb2\n", "more": "[webmail]\nmail1\n", "file name": "",
		"node[1-foreign": "", "1-foreign": "", "-foreign": "", "ode1": "",
	})
	return p
}

func (p completionPlace) write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (p completionPlace) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = p.dir
	cmd.Env = []string{
		"HOME=" + p.home, "ZDOTDIR=" + p.home, "XDG_CONFIG_HOME=" + p.home, "CLUSTERSHELL_CFGDIR=" + p.home + "/clustershell",
		"PATH=" + os.Getenv("PATH"), "TERM=dumb", "LC_ALL=C", "GORACE=atexit_sleep_ms=0",
	}
	return cmd
}

// ask returns the candidates that the program prints, and its exit status.
func (p completionPlace) ask(t *testing.T, program, line string) (candidates []string, code int) {
	t.Helper()
	cmd := p.command(program, "--complete", line)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatalf("%s: %v", program, err)
	}
	if errs.Len() > 0 {
		t.Errorf("%q: on standard error: %s", line, errs.String())
	}
	return splitLines(out.String()), cmd.ProcessState.ExitCode()
}

// The exit statuses of --complete: these are the candidates, or the shell completes a file name.
const (
	completeThese = 0
	completeFiles = 1
)

func splitLines(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return line == "" })
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	p := newCompletionPlace(t)
	const files = "a file"
	tests := []struct{ line, want string }{
		{"clsh -h @we", "@web"},
		{"clsh -w al", "alias1 alias2"},
		{"clsh -hal", "-halias1 -halias2"},
		{"clsh -hosts al", "alias1 alias2"},
		{"clsh -bqh al", "alias1 alias2"},
		{"clsh --hosts=db1,we", "--hosts=db1,web1 --hosts=db1,web2"},
		{"clsh -q -x @web!we", "@web!web1 @web!web2"},
		{"clsh -h root@al", "root@alias1 root@alias2"},
		{"clsh -h root@@w", ""},
		{"clsh -h web[1,", ""},
		{"clsh -h web[1-2],al", "web[1-2],alias1 web[1-2],alias2"},
		{`clsh -h "@we`, `"@web`},
		{`clsh -h 'db1,web`, `'db1,web1 'db1,web2`},
		{`clsh -h web\[1],al`, `web\[1],alias1 web\[1],alias2`},
		{"clsh -h nosuch", ""},
		{"clsh -g w", "web"},
		{"clsh -g web,@w", "web,@web"},
		{"clsh --hostfile more -g w", "webmail"},
		{"clsh --inventory " + p.home + "/inventory -g p", "prod"},
		{"clsh --inventory " + p.home + "/inventory -g w", ""}, // .hostfile gives no groups then
		{"clsh --inventory=" + p.home + "/inventory -h @prod!si", "@prod!site1 @prod!site2"},
		{"clsh --inventory ", files},
		{"clsh --hostfile=no_such_file -h al", "alias1 alias2"},
		{"clsh --ssh-config " + p.home + "/other_config -h o", "other1"},
		{"clsh --hostfile ", files},
		{"clsh --identity=i", files},
		{"clsh --json r", files},
		{"clsh --out ", files},
		{"clsh --format ", "block json lines none"},
		{"clsh --via k", "kubectl"},
		{"clsh --color=a", "--color=always --color=auto"},
		{"clsh --progress n", "never"},
		{"clsh -u ", ""},
		{"clsh --us", "--user"},
		{"clsh --stat", ""}, // hidden
		{"clsh --bogus --us", "--user"},
		{"clsh -h", "-h"},
		{"clsh ", files},
		{"clsh -h web1 ls --col", files},
		{"clsh -h web1 -- --col", files},
		{"clsh env a=b", files},
		{"clsh 'a b' -h al", files},
		{"clsh heat --fo", "--format"},
		{"clsh heat --format=", "--format=json --format=text"},
		{"clsh heat --script c", files},
		{"clsh heat -i 5 ./ch", files},
		{"clsh heat -i ", ""},
		{"clsh --completion ", "bash fish zsh"},
		{"clsh heat --signal US", "USR1 USR2"},
		{"clsh heat --fault-signal=SIGUS", "--fault-signal=SIGUSR1 --fault-signal=SIGUSR2"},
		{"clsh heat --success-signal SIGST", "SIGSTKFLT SIGSTOP"},
		{"clsh heat --signal us", ""},
		{"clsh heat --pid US", ""},
		{"clsh -h node[1-", ""},
		{"clsh -h node[1-2", ""},
		{"clsh -h node[1-2],db1,rack[3", ""},
	}
	// The configuration file names another one of ssh's.
	q := newCompletionPlace(t)
	q.write(t, q.home, map[string]string{"clsh/config.toml": "ssh-config = \"~/other_config\"\n"})
	if got, _ := q.ask(t, "clsh", "clsh -h o"); !slices.Equal(got, []string{"other1"}) {
		t.Errorf("with ssh-config in the configuration file: %q", got)
	}
	for _, test := range tests {
		got, code := p.ask(t, "clsh", test.line)
		want, wantCode := strings.Fields(test.want), completeThese
		if test.want == files {
			want, wantCode = nil, completeFiles
		}
		if !slices.Equal(got, want) || code != wantCode {
			t.Errorf("%q: %q, status %d; want %q, %d", test.line, got, code, want, wantCode)
		}
	}
	if got, code := p.ask(t, "heat", "heat --hook"); !slices.Equal(got, []string{"--hook-timeout"}) || code != completeThese {
		t.Errorf("heat: %q, status %d", got, code)
	}
	if got, _ := p.ask(t, "clsh", "clsh -h "); !slices.Contains(got, "@web") || !slices.Contains(got, "alias1") || !slices.Contains(got, "db1") {
		t.Errorf("of all names: %q", got)
	}
}

// A group source that does not answer is ended, also where something of it
// has left its process group; what is known without it is still offered.
func TestCompletionAndSilentGroups(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "setsid")
	p := newCompletionPlace(t)
	hold := filepath.Join(p.home, "clustershell/hold")
	if err := syscall.Mkfifo(hold, 0o600); err != nil {
		t.Fatal(err)
	}
	p.write(t, p.home, map[string]string{"clustershell/groups.conf": "[Main]\ndefault: slow\n[slow]\n" +
		"map: echo x\nlist: echo ${COMP_LINE-none} >$CFGDIR/line; echo noise >&2; setsid cat $CFGDIR/hold & cat $CFGDIR/hold\n"})
	start := time.Now()
	got, code := p.ask(t, "clsh", "clsh -h al")
	if want := []string{"alias1", "alias2"}; !slices.Equal(got, want) || code != completeThese {
		t.Errorf("%q, status %d, want %q", got, code, want)
	}
	t.Logf("it took %v", time.Since(start).Round(time.Millisecond))
	if line, err := os.ReadFile(filepath.Join(p.home, "clustershell/line")); string(line) != "none\n" {
		t.Errorf("the source sees the line %q, %v", line, err)
	}
	// Ends the one that has left.
	if f, err := os.OpenFile(hold, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		f.Close()
	}
}

// What bash is given is what follows the last of its word breaks.
func TestBashCompletionFunction(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "bash")
	p := newCompletionPlace(t)
	tests := []struct{ line, word, want string }{ // word is readline's, $2
		{"clsh -h @we", "we", "web"},
		{"clsh -h db1,@we", "we", "web"},
		{`clsh -h "@we`, "@we", "@web"},
		{"clsh -h al", "al", "alias1 alias2"},
		{"clsh -h root@al", "al", "alias1 alias2"},
		{"clsh --color=", "", "always auto never"},
		{"clsh --hosts=web[1-2],al", "web[1-2],al", "web[1-2],alias1 web[1-2],alias2"},
		{"clsh -h nosuch", "nosuch", ""},
		{"clsh --hostfile mo", "mo", ""},
	}
	for _, test := range tests {
		cmd := p.command("bash", "-c", `. ~/.bashrc; COMP_LINE=$1; COMP_POINT=${#1}; _clsh clsh "$2" -h; echo "${COMPREPLY[@]}"`, "bash", test.line, test.word)
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); got != test.want || err != nil {
			t.Errorf("%q, of which %q: %q, %v; want %q", test.line, test.word, got, err, test.want)
		}
	}
}

// Options come with the text of the help for a shell that asks for it; hosts, values and
// other callers get names alone.
func TestCompletionDescribed(t *testing.T) {
	t.Parallel()
	p := newCompletionPlace(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"described", "clsh --keep"}, "--keep-going\tContinue with the other hosts when one is lost.\n"},
		{[]string{"described", "clsh -w"}, "-w\tSelect hosts: node[1-3],db or @group. Repeatable.\n"},
		{[]string{"described", "clsh heat --rise"}, "--rise\tRequire N good checks in a row to prove a repair (default: 1).\n"},
		{[]string{"described", "clsh -h @we"}, "@web\n"},
		{[]string{"described", "clsh --color=al"}, "--color=always\n"},
		{[]string{"clsh --keep"}, "--keep-going\n"},
	} {
		out, err := p.command("clsh", append([]string{"--complete"}, test.args...)...).CombinedOutput()
		if string(out) != test.want || err != nil {
			t.Errorf("%q: %q, %v; want %q", test.args, out, err, test.want)
		}
	}
	// With another number of words it is an option that there is not.
	for _, args := range [][]string{{"--complete"}, {"--complete", "x", "y"}, {"--complete", "described", "x", "y"}} {
		if out, err := p.command("clsh", args...).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("--complete")) {
			t.Errorf("%q: %q, %v", args, out, err)
		}
	}
}

// Both tools print the scripts that the packages install.
func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	p := newCompletionPlace(t)
	for shell, file := range map[string]string{"bash": "clsh.bash", "zsh": "_clsh", "fish": "clsh.fish"} {
		want, err := os.ReadFile(filepath.Join("runner/flags/completions", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range [][]string{{"clsh", "--completion", shell}, {"heat", "--completion=" + shell}, {"clsh", "heat", "-completion", shell}} {
			out, err := p.command(words[0], words[1:]...).Output()
			if !bytes.Equal(out, want) || err != nil {
				t.Errorf("%q: %v, %q", words, err, out)
			}
		}
	}
	for _, words := range [][]string{{"--completion", "tcsh"}, {"--completion"}, {"--completion="}, {"--completion", "-q"}} {
		var exit *exec.ExitError
		if out, err := p.command("clsh", words...).Output(); !errors.As(err, &exit) || exit.ExitCode() != 2 || len(out) > 0 {
			t.Errorf("%q: %q, %v; want status 2", words, out, err)
		}
	}
}

func TestFishCompletion(t *testing.T) {
	t.Parallel()
	sshtest.Need(t, "fish")
	p := newCompletionPlace(t)
	for line, want := range map[string]string{
		"clsh -h db1,@we":       "db1,@web",
		"clsh -h al":            "alias1 alias2",
		"clsh --color=al":       "--color=always",
		"clsh --hostfile=mo":    "--hostfile=more",
		"clsh -h db1 mo":        "more",
		"clsh -h nosuch":        "",
		"clsh heat --format=":   "--format=json --format=text",
		"heat --signal US":      "USR1 USR2",
		"clsh -h node[1-":       "",
		"clsh -h node[1-2],al":  "node[1-2],alias1 node[1-2],alias2",
		"true; A=1 clsh -h @we": "@web",
	} {
		for _, tool := range []string{"clsh", "heat"} {
			if got := p.fish(t, tool, line); !slices.Equal(got, strings.Fields(want)) {
				t.Errorf("%s: %q: %q; want %q", tool, line, got, want)
			}
		}
	}
	if got := p.fish(t, "heat", "heat --hook"); !slices.Equal(got, []string{"--hook-timeout\tStop a hook after D (default: no limit)."}) {
		t.Errorf("an option of heat: %q", got)
	}
}

// fish returns the lines with which fish completes line, with the script that tool prints.
func (p completionPlace) fish(t *testing.T, tool, line string) []string {
	t.Helper()
	out, err := p.command("fish", "--no-config", "-c", "$argv[1] --completion fish | source; complete -C $argv[2]", tool, line).CombinedOutput()
	if err != nil {
		t.Errorf("fish, %q: %v", line, err)
	}
	return splitLines(string(out))
}
