package loginshells

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// profileOption is a line of a profile that changes what a shell's words mean, and
// none that keeps it from a command.
type profileOption struct {
	line  string
	never bool // but for this one: no command is run
}

// profileOptions returns what a profile of shell may set: some of it, or all.
func profileOptions(t *testing.T, shell string, all bool) []profileOption {
	t.Helper()
	var options []profileOption
	add := func(format string, words ...string) {
		for _, w := range words {
			options = append(options, profileOption{fmt.Sprintf(format, w), w == "noexec"})
		}
	}
	names := []string{"nounset", "errexit", "noglob", "noclobber", "xtrace", "verbose", "noexec", "allexport"}
	special := []string{"exit", "return", "eval", "trap", "set"}
	functions := []string{"read", "printf", "kill", "command", "test", "echo", "cat", "sleep", "clsh_mark", "clsh_next", "cd"}
	switch shell {
	case "bash":
		names = append(names, "posix", "keyword", "physical", "errtrace", "functrace", "pipefail", "monitor")
		add("shopt -s %s", "extdebug", "expand_aliases", "nullglob", "failglob", "lastpipe", "inherit_errexit")
		add("%s", "export BASH_ENV=/nonexistent PROMPT_COMMAND=false", "trap 'true' DEBUG", "trap 'true' ERR RETURN EXIT", "readonly newline=x blank=x", "readonly TMOUT=1; export TMOUT")
		if all {
			add("shopt -s %s", strings.Fields(output1(t, "bash", "-c", "shopt | cut -f1"))...)
			names = append(names, strings.Fields(output1(t, "bash", "-c", "set -o | cut -f1"))...)
		}
	case "zsh":
		names = append(names, "shwordsplit", "ksharrays", "globsubst", "nullglob", "errreturn", "posixbuiltins", "cshjunkiequotes", "rcquotes", "ignorebraces")
		if all {
			for _, name := range strings.Fields(output1(t, "zsh", "-fc", "print -l ${(k)options}")) {
				if !slices.Contains([]string{"interactive", "shinstdin", "stdin", "restricted", "privileged"}, name) { // what cannot be set
					add("setopt %s", name)
				}
			}
			add("emulate %s", "sh", "ksh", "csh")
		}
		add("%s", "TMOUT=1", "TRAPDEBUG() { true; }", "trap 'true' EXIT")
	case "ksh":
		names = append(names, "keyword", "physical", "pipefail", "monitor")
		add("%s", "readonly TMOUT=1", "trap 'true' DEBUG", "trap 'true' ERR EXIT")
		if all {
			for _, name := range strings.Fields(output1(t, "ksh", "-c", "set -o | tail -n +2 | cut -d' ' -f1")) {
				if name != "exec" && name != "restricted" { // on anyway, and a shell that runs no program by its path
					names = append(names, name)
				}
			}
		}
	default:
		add("%s", "TMOUT=1", "trap 'true' EXIT")
	}
	add("set -o %s", names...)
	add("%s", "IFS=x", "IFS=", "PATH=", "CDPATH=/", "ENV=/nonexistent; export ENV", "set -u; IFS=acdeimnortuv; set -C; set -f")
	if shell == "bash" || shell == "zsh" {
		functions = append(append(functions, special...), "builtin")
	}
	add("%s() { /bin/echo BAD; return 9; }", functions...)
	alias := "alias %s='/bin/echo BAD'"
	if shell == "bash" {
		alias = "shopt -s expand_aliases; " + alias
	}
	for _, name := range append(functions, special...) {
		if !strings.HasPrefix(name, "clsh_") { // an alias would change our functions' definitions
			add(alias, name)
		}
	}
	return options
}

// together returns lines that set many of the options at once: all but functions and
// aliases, all of these, and everything; with --full other unions, too. What a line
// changes must not be in the way of the next ones.
func together(options []profileOption) []profileOption {
	var settings, functions, aliases []string
	for _, o := range options {
		switch {
		case o.never:
		case strings.Contains(o.line, "() {") && !strings.HasPrefix(o.line, "TRAP"):
			functions = append(functions, strings.Replace(o.line, "return 9", "false", 1)) // return is one of them
		case strings.Contains(o.line, "alias "):
			aliases = append(aliases, o.line)
		case o.line == "set -o posix": // no function has a special builtin's name then
		case o.line == "set -o errexit", strings.HasPrefix(o.line, "trap "), strings.HasPrefix(o.line, "TRAP"):
			settings = append(settings, o.line)
		default:
			settings = append([]string{o.line}, settings...)
		}
	}
	join := func(parts ...[]string) profileOption {
		return profileOption{line: strings.Join(slices.Concat(parts...), "\n")}
	}
	all := []profileOption{join(settings), join(functions, aliases), join(settings, functions, aliases)}
	if sshtest.Full() {
		all = append(all, join(functions), join(aliases), join(settings, functions), join(settings, aliases))
	}
	return all
}

func output1(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return string(out)
}

// optionHosts makes a site where the profile of each host sets another one of the
// options, and returns the hosts.
func optionHosts(t *testing.T, shell string, options []profileOption) (*sshtest.Site, []string) {
	t.Helper()
	s := sshtest.New(t, sshtest.Shell(shell), sshtest.Profile(". $HOME/rc.$CLSH_HOST"))
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = fmt.Sprintf("h%d", i)
		path := filepath.Join(s.Home, "rc."+names[i])
		if err := os.WriteFile(path, []byte(o.line+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s, names
}

// rotation returns every n-th of the options, from first on, and those that are not shared with
// bash or let no command run; with --full it returns all of them.
func rotation(options []profileOption, first, n int, shared func(line string) bool) []profileOption {
	var turn []profileOption
	for i, o := range options {
		if sshtest.Full() || i%n == first || o.never || !shared(o.line) {
			turn = append(turn, o)
		}
	}
	return turn
}

// No option, function, alias or variable of the user's breaks what clsh does, and
// where the shell runs no command at all, that is said. On each change: bash with a third of the
// options in each way of running, each other shell with its own and some of those that bash has, too;
// all options together in each case. With --full: every option in each way.
func TestProfileOptions(t *testing.T) {
	t.Parallel()
	const command = `/bin/echo RAN; /bin/sh -c "exit 3"`
	bash := profileOptions(t, "bash", false)
	shared := func(line string) bool {
		return slices.ContainsFunc(bash, func(o profileOption) bool { return o.line == line || "shopt -s expand_aliases; "+line == o.line })
	}
	others := []string{"dash", "zsh", "ksh", "busybox"}
	for i, shell := range append(others, "bash") {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			all := profileOptions(t, shell, sshtest.Full())
			unions := together(profileOptions(t, shell, false))
			first, n := i, 4*len(others)
			if shell == "bash" {
				first, n = 2, 3
			}
			options := rotation(all, first, n, shared)
			options = slices.Concat(options, unions)
			checkOptions(t, shell, "batch", nil, []string{command}, options, "RAN")
			if !sshtest.Full() && shell != "bash" {
				return
			}
			checkOptions(t, shell, "--stdin", []string{"data"}, []string{"--stdin", "/bin/cat; " + command}, slices.Concat(rotation(all, 0, 3, shared), unions), "data", "RAN")
			if shell == "busybox" {
				return // its sessions are of another shell
			}
			checkOptions(t, shell, "-i", []string{"/bin/echo RAN", "X=5", `/bin/echo "5=$X"`, "quit"}, []string{"-i"}, slices.Concat(rotation(all, 1, 3, shared), unions), "RAN", "5=5")
		})
	}
}

// checkOptions runs clsh with args and input on hosts that have an option each.
func checkOptions(t *testing.T, shell, mode string, input, args []string, options []profileOption, want ...string) {
	t.Helper()
	s, names := optionHosts(t, shell, options)
	cmd := clshtest.Cmd(t, s, append([]string{"--keep-going", "-f", "8", "-h", strings.Join(names, ",")}, args...)...)
	if input != nil {
		cmd.Stdin = strings.NewReader(strings.Join(input, "\n") + "\n")
	}
	c := clshtest.StartCmd(t, cmd)
	if code := c.Wait(); mode != "-i" && code != 255 {
		t.Errorf("%s: status %d", mode, code)
	}
	lines := strings.Split(c.Out.String(), "\n")
	errs := strings.Split(c.Errs.String(), "\n")
	for i, o := range options {
		host := fmt.Sprintf("h%d", i)
		if o.never {
			if slices.Contains(lines, host+": RAN") || !strings.Contains(c.Errs.String(), "its login shell ended with status") {
				t.Errorf("%s, %s: not unreachable", mode, o.line)
			}
			continue
		}
		var got []string
		for _, l := range lines {
			if text, ok := strings.CutPrefix(l, host+": "); ok {
				got = append(got, text)
			}
		}
		if !slices.Equal(got, want) {
			var said []string
			for _, l := range errs {
				if strings.Contains(l, host) {
					said = append(said, l)
				}
			}
			t.Errorf("%s, %.200s: %q, want %q; %q", mode, o.line, got, want, said)
		}
	}
}
