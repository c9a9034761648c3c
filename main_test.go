package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"clsh/runner/sshtest"
)

// TestMain builds both tools and puts them at the head of PATH, for exec.Command and for the scripts, which
// learn their names from the map.
func TestMain(m *testing.M) {
	testscript.Main(sshtest.Built{Tests: m, Top: ".", Errors: os.Stderr}, map[string]func(){"clsh": main, "heat": main})
}

// siteKey is where a script's Site is kept.
type siteKey struct{}

// TestScripts runs testdata/*.txtar. A script whose name does not begin with
// heat_ has a Site: every host name works, and clsh reaches it through
// CLSH_SSH_CONFIG. $LOGIN is the user there, $MARK is in the environment of
// all that clsh starts on either side. A script that is not about connections may
// leave ssh to --full with "[!full] fake here", an empty file: that takes half the time.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: setupScript,
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "full":
				return sshtest.Full(), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": cmdStatus,
			"sorted": cmdSorted,
			"fate":   cmdFate,
			"gone":   cmdGone,
			"fake":   cmdFake,
			"expand": cmdExpand,
		},
		RequireUniqueNames: true,
		ContinueOnError:    true,
	})
}

func setupScript(env *testscript.Env) error {
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	tb, ok := env.T().(testing.TB)
	if !ok {
		return errors.New("the script's T is no testing.TB")
	}
	if strings.HasPrefix(tb.Name(), "TestScripts/heat_") {
		return nil
	}
	site := sshtest.New(tb)
	env.Values[siteKey{}] = site
	env.Setenv("CLSH_SSH_CONFIG", site.Config())
	env.Setenv("SSHTEST_SITE", site.Mark)
	env.Setenv("LOGIN", site.User)
	env.Setenv("MARK", site.Mark)
	env.Setenv("SITE", site.Dir)
	env.Setenv("XDG_STATE_HOME", site.State())
	return nil
}

func scriptSite(ts *testscript.TestScript) *sshtest.Site {
	site, ok := ts.Value(siteKey{}).(*sshtest.Site)
	if !ok {
		ts.Fatalf("this script has no site")
	}
	return site
}

// cmdStatus is "status N PROGRAM ...": the program ends with exactly N.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program ...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// cmdSorted is "sorted FILE WANT": the same lines in any order, for hosts
// answer in any.
func cmdSorted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sorted file want")
	}
	sorted := func(name string) string {
		return strings.Join(slices.Sorted(slices.Values(strings.SplitAfter(ts.ReadFile(name), "\n"))), "")
	}
	got, want := sorted(args[0]), sorted(args[1])
	if got != want {
		ts.Fatalf("%s, sorted:\n%s\nwant:\n%s", args[0], got, want)
	}
}

// cmdFate is "fate WHICH NAME...": what becomes of hosts, see sshtest.
func cmdFate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: fate which name...")
	}
	site := scriptSite(ts)
	switch which, names := args[0], args[1:]; which {
	case "changed":
		site.ChangedKey(names...)
	case "unknown":
		site.UnknownKeys()
	case "pods":
		ts.Setenv("PATH", site.Pods()+string(filepath.ListSeparator)+ts.Getenv("PATH"))
	default:
		for _, name := range names {
			switch which {
			case "silent":
				site.Silent(name)
			case "refused":
				site.Refused(name)
			case "denied":
				site.Denied(name)
			case "hangs":
				site.Hangs(name)
			case "daemon":
				ts.Setenv("PORT", strconv.Itoa(site.Daemon(name).Port))
			case "busy":
				site.TurnsAway(name, 2)
			default:
				ts.Fatalf("unknown fate %q", which)
			}
		}
	}
}

// cmdGone is "gone [MARK...]": nothing of the site, and nothing that carries
// a mark, is left running.
func cmdGone(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: gone [mark...]")
	}
	site := scriptSite(ts)
	site.WaitGone(args...)
}

// cmdFake is "fake FILE": FILE plays ssh from here on, see sshtest.FakeSSH.
func cmdFake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fake file")
	}
	ts.Setenv("CLSH_SSH", scriptSite(ts).FakeSSH(ts.ReadFile(args[0])))
}

// cmdExpand is "expand FILE...": puts variables of the script's environment
// in place of ${NAME}.
func cmdExpand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: expand file...")
	}
	for _, name := range args {
		path := ts.MkAbs(name)
		info, err := os.Stat(path)
		ts.Check(err)
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(path, []byte(text), info.Mode().Perm()))
	}
}
