package remote

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// stopShells are the shells that may run the agent.
func stopShells(t testing.TB) [][]string {
	t.Helper()
	var shells [][]string
	for _, shell := range []string{"dash", "bash", "busybox sh", "ksh"} {
		words := strings.Fields(shell)
		if path, err := exec.LookPath(words[0]); err == nil {
			shells = append(shells, append([]string{path}, words[1:]...))
		}
	}
	if len(shells) == 0 {
		t.Fatal("none of the shells is here")
	}
	return shells
}

// lookScript runs text in shell behind stop.sh, with what a stop sets first, in a
// session of its own.
func lookScript(shell []string, text string) ([]byte, error) {
	cmd := exec.Command(shell[0], append(shell[1:], "-c", "blank=$IFS newline='\n'; "+Line(stopSource)+`
grace=10 now=0 own=" $$ $PPID " aides=" " spared=" " seed=" $$ " leaders=" $$ " ids=" " token=none. ends= outs= sole= kin= last=0
exec 2>/dev/null
read -r line </proc/$$/stat; set -- ${line##*") "}; born=${20}
place
`+text)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Output()
}

// named starts a process in a session of its own that has given itself name.
func named(t testing.TB, name string) int {
	t.Helper()
	sshtest.Need(t, "dash")
	cmd := exec.Command("dash", "-c", `printf %s "$1" >/proc/$$/comm; echo; read -r line`, "dash", name)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// statRow is the row of a process as table makes it, without its state.
func statRow(t testing.TB, pid int) string {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	return strings.Join([]string{strconv.Itoa(pid), f[1], f[2], f[3], f[19]}, " ")
}

// checkTable has every shell read a table in which a process has that name: it
// has one row, its own, and no other process has another.
func checkTable(t *testing.T, name string) {
	t.Helper()
	victim := named(t, "victim")
	pid := named(t, name)
	want := statRow(t, pid) + "\n" + statRow(t, victim) + "\n"
	for _, shell := range stopShells(t) {
		got, err := lookScript(shell, "born=0; table; printf %s \"$rows\"")
		if err != nil {
			t.Errorf("%v: %v", shell, err)
		}
		rows := map[int]string{}
		for line := range strings.Lines(string(got)) {
			f := strings.Fields(line)
			if len(f) != 6 {
				t.Fatalf("%v, name %q: a row %q", shell, name, line)
			}
			n, err := strconv.Atoi(f[0])
			if err != nil || rows[n] != "" {
				t.Fatalf("%v, name %q: row %q is no number, or the second of its process", shell, name, line)
			}
			rows[n] = strings.Join([]string{f[0], f[2], f[3], f[4], f[5]}, " ")
		}
		if got := rows[pid] + "\n" + rows[victim] + "\n"; got != want {
			t.Errorf("%v, name %q: rows\n%swant\n%s", shell, name, got, want)
		}
		if rows[1] != "" && rows[1] != statRow(t, 1) {
			t.Errorf("%v, name %q: pid 1 is %q", shell, name, rows[1])
		}
	}
}

func hostileNames() []string {
	return []string{
		"sh", "", "a b", "a) S 1 1 1 1", ") S 1 1\n", "a\n1 (b", "\n1 S 1\n", "\n1 (b) S 1 1", "((((((((((((((",
		"))))))))))))))", "\n\n\n\n\n\n", "\xff\xfe\n1 S", "*", "$(kill 1)", "\n/proc/1/stat", "1:1 (a) S", "\t\r\v", "é\n) ",
	}
}

func FuzzTable(f *testing.F) {
	for _, name := range hostileNames() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.Contains(name, "\x00") {
			return // no argument holds it
		}
		checkTable(t, name)
	})
}

// TestNameSignalsNobody: a child of the command with such a name makes neither a
// stranger the command's, nor pid 1.
func TestNameSignalsNobody(t *testing.T) {
	for _, shell := range stopShells(t) {
		victim := named(t, "victim")
		for _, name := range []string{"\nVICTIM S $$\n", "a\n1 (b", "b) S $$ 1\n"} {
			name = strings.ReplaceAll(name, "VICTIM", strconv.Itoa(victim))
			script := fmt.Sprintf(`
name=%s
sh -c "printf %%s \"\$1\" >/proc/\$\$/comm; exec 1>&-; read -r line </dev/zero" sh "$name" &
child=$!
until [ -e /proc/$child/comm ]; do :; done
aides=" "
search
printf "%%s" "$found"
kill -KILL $child`, Quote([]string{strings.ReplaceAll(name, "$$", "1")}))
			got, err := lookScript(shell, script)
			if err != nil {
				t.Errorf("%v: %v", shell, err)
			}
			for _, id := range strings.Fields(string(got)) {
				if pid, _, _ := strings.Cut(id, ":"); pid == "1" || pid == strconv.Itoa(victim) {
					t.Errorf("%v, name %q: process %s is taken for the command's (%s)", shell, name, pid, got)
				}
			}
		}
	}
}

// TestGuardContinues: what was stopped goes on when the one that stops is killed.
func TestGuardContinues(t *testing.T) {
	for _, shell := range stopShells(t) {
		got, err := lookScript(shell, `
sleep 300 >/dev/null &
child=$!
still() { :; }
halt() { { hold $child:1 >&4; exec sh -c "kill -KILL \$\$"; } 4>&1 | guard; }
halt
read -r line </proc/$child/stat; set -- ${line##*") "}
echo $1
kill -KILL $child`)
		if err != nil || strings.TrimSpace(string(got)) == "T" {
			t.Errorf("%v: state %q, %v: still stopped", shell, got, err)
		}
	}
}
