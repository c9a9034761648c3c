package interactive

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

const statusLine = `\d/3 done, \d running, \d failed, \d lost, \d+s: a`

// On a terminal there is a status line while hosts run. It follows the width,
// answers SIGUSR1 and Return with the states, costs no line of output, and
// leaves nothing of itself.
func TestScreen(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{80, 200} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			t.Parallel()
			s := sshtest.New(t)
			gate := filepath.Join(t.TempDir(), "gate")
			if err := syscall.Mkfifo(gate, 0o666); err != nil {
				t.Fatal(err)
			}
			sc := clshtest.OnScreen(t, s, columns, nil, "-h", "a,b,c", "--no-login",
				`i=0; while [ $i -lt 60 ]; do echo "line $i of $CLSH_HOST"; i=$((i+1)); done
				[ $CLSH_HOST != a ] || read x <`+gate+`; echo "last of $CLSH_HOST"; [ $CLSH_HOST != c ] || exit 3`)
			sc.WaitFor("the status line", `^2/3 done, 1 running, 1 failed, 0 lost, \d+s: a$`, 1)
			sc.Tmux("resize-window", "-x", "30")
			sc.WaitFor("a narrow status line", `^2/3 done, 1 running, 1 failed$`, 1)
			sc.Tmux("resize-window", "-x", fmt.Sprint(columns))
			sc.WaitFor("a wide one", `^2/3 done, 1 running, 1 failed, 0 lost, \d+s`, 1)
			sc.Tmux("send-keys", "Enter")
			sc.WaitFor("the states after Return", `^running: a$`, 1)
			pid := 0
			if _, err := fmt.Sscan(sc.Tmux("display-message", "-p", "#{pane_pid}"), &pid); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
			sc.WaitFor("the states after SIGUSR1", `^running: a$`, 2)
			if n := len(regexp.MustCompile(statusLine).FindAllString(sc.Text(), -1)); n > 1 {
				t.Errorf("%d status lines", n)
			}
			if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
				t.Fatal(err)
			}
			sc.Wait()

			var want []string
			for _, host := range []string{"a", "b", "c"} {
				for i := range 60 {
					want = append(want, fmt.Sprintf("%s: line %d of %s", host, i, host))
				}
				want = append(want, fmt.Sprintf("%s: last of %s", host, host))
			}
			want = append(want, "running: a", "ok: b", "exit 3: c", "running: a", "ok: b", "exit 3: c", // the states, twice
				"ok: a,b (2)", "exit 3: c")
			var got []string
			for _, line := range sc.Lines() {
				if !strings.HasPrefix(line, "time: median") {
					got = append(got, line)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d lines, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
			}
		})
	}
}

// A host whose login takes long connects; it is counted and named, in the states as
// well.
func TestScreenConnecting(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	login := s.Slow("b")
	sc := clshtest.OnScreen(t, s, 80, []string{"NO_COLOR=1"}, "-t", "60", "-h", "a,b", "echo x")
	sc.WaitFor("the status line", `^1/2 done, 1 connecting, 0 running, 0 failed, 0 lost, \d+s: b$`, 1)
	sc.Keys("Enter")
	sc.WaitFor("the states", `^connecting: b\nok: a$`, 1)
	login()
	sc.Wait()
	sc.Shows("a: x", "connecting: b", "ok: a", "b: x")
}

// A host cannot change the screen, and its label has a colour of its own.
func TestScreenIsGuarded(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	command := `printf 'first\n'; printf '\033]0;evil\007\033[2J\033[H\033[5A\rx\n'; printf '\033[31mred\n'; printf 'last\n'`
	colours := map[string]string{}
	for _, list := range []string{"a,b", "b"} {
		sc := clshtest.OnScreen(t, s, 80, nil, "--ordered", "-h", list, command)
		sc.Wait()
		want := ""
		for host := range strings.SplitSeq(list, ",") {
			want += strings.ReplaceAll("h: first\nh: ^[]0;evil^G^[[2J^[[H^[[5A^Mx\nh: red\nh: last\n", "h:", host+":")
		}
		if got := strings.Join(sc.Lines(), "\n") + "\n"; got != want {
			t.Errorf("screen:\n%swant:\n%s", got, want)
		}
		if title := sc.Tmux("display-message", "-p", "#{pane_title}"); strings.Contains(title, "evil") {
			t.Errorf("the title is %s", title)
		}
		text := sc.Tmux("capture-pane", "-p", "-e")
		for _, found := range regexp.MustCompile(`(?m)^(\x1b\[[0-9;]+m)([ab]):\x1b\[[0-9;]*m last`).FindAllStringSubmatch(text, -1) {
			if before := colours[found[2]]; before != "" && before != found[1] {
				t.Errorf("%s is %q here and %q there", found[2], found[1], before)
			}
			colours[found[2]] = found[1]
		}
		if !regexp.MustCompile(`\x1b\[31mred`).MatchString(text) {
			t.Errorf("the host's colour is lost:\n%q", text)
		}
	}
	if len(colours) != 2 {
		t.Errorf("coloured labels: %q", colours)
	}
	sc := clshtest.OnScreen(t, s, 80, []string{"NO_COLOR=1"}, "-h", "a", "echo x")
	sc.Wait()
	if text := sc.Tmux("capture-pane", "-p", "-e", "-S", "-"); !strings.HasPrefix(text, "a: x\n") {
		t.Errorf("with NO_COLOR: %q", text)
	}
}
