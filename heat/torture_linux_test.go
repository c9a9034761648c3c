package heat

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// torture starts what is hard to end, each with a mark in its environment: a
// child in the group, one in a session of its own, one that ignores SIGTERM, a
// daemon that was forked twice and holds the pipe, and a child in front.
const torture = `
date +%%s.%%N >>begins
export TORTURE=%s
sleep 1000 &
setsid sleep 1000 &
(trap "" TERM; exec sleep 1000) &
(setsid sh -c 'sleep 1000 &' &)
sleep 1000
`

// procFiles returns the paths of a file of each process. A pattern for the file itself would
// read each process's directory, which is most of the time that a look takes.
func procFiles(t *testing.T, name string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for i := range paths {
		paths[i] = filepath.Join(paths[i], name)
	}
	return paths
}

// marked returns the living processes that have the mark in their environment,
// or the mark, a dot and more.
func marked(t *testing.T, mark string) (pids []int) {
	t.Helper()
	for _, f := range procFiles(t, "environ") {
		env, err := os.ReadFile(f)
		_, rest, is := strings.Cut("\x00"+string(env), "\x00TORTURE="+mark)
		if err == nil && is && strings.IndexAny(rest, ".\x00") == 0 {
			pid, _ := strconv.Atoi(strings.Split(f, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

// newMark returns a word that no other process has.
func newMark(t *testing.T) string {
	t.Helper()
	mark := fmt.Sprintf("%d-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"))
	t.Cleanup(func() {
		for _, pid := range marked(t, mark) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return mark
}

// helperOf returns the helper of the heat with the number pid, or 0.
func helperOf(t *testing.T, pid int) int {
	t.Helper()
	for _, f := range procFiles(t, "stat") {
		line, _ := os.ReadFile(f)
		_, rest, is := strings.Cut(string(line), " (heat-helper) ")
		state, parent, _ := strings.Cut(rest, " ") // on a busy machine it runs
		if is && state != "Z" && strings.HasPrefix(parent, fmt.Sprint(pid, " ")) {
			n, _ := strconv.Atoi(strings.Split(f, "/")[2])
			return n
		}
	}
	return 0
}

// users are those that a test is to run as: this one and, for root, another.
func users() map[string]uint32 {
	if os.Getuid() != 0 {
		return map[string]uint32{"own": 0}
	}
	return map[string]uint32{"root": 0, "unprivileged": unprivileged}
}

func TestTorture(t *testing.T) {
	t.Parallel()
	ends := map[string]func(t *testing.T, r *running, mark string){
		"SIGTERM": func(t *testing.T, r *running, mark string) {
			t.Helper()
			r.signal(syscall.SIGTERM)
			if code := r.wait(); code != 143 {
				t.Errorf("exit status %d", code)
			}
		},
		"SIGKILL": func(t *testing.T, r *running, mark string) {
			t.Helper()
			helper := helperOf(t, r.cmd.Process.Pid)
			r.signal(syscall.SIGKILL)
			r.wait()
			eventually(t, "the helper has gone", func() bool { return syscall.Kill(helper, 0) == syscall.ESRCH })
		},
	}
	for user, uid := range users() {
		for name, end := range ends {
			t.Run(name+" as "+user, func(t *testing.T) {
				t.Parallel()
				mark, dir := newMark(t), sharedDir(t)
				script(t, dir, "check", fmt.Sprintf(torture, mark))
				r := startCmd(t, command(t, dir, uid, "-i", "60", "-s", "./check"))
				eventually(t, "all five run", func() bool { return len(marked(t, mark)) == 5 })
				end(t, r, mark)
				if left := marked(t, mark); len(left) > 0 {
					t.Errorf("%d of 5 left", len(left))
				}
			})
		}
		t.Run("--timeout as "+user, func(t *testing.T) {
			t.Parallel()
			// On a busy machine a check may reach its limit before all of its five run.
			for limit := 3; !torturedToTheLimit(t, uid, limit); limit *= 2 {
			}
		})
	}
}

// torturedToTheLimit runs a check that outlives its limit, in seconds, and its successor. It returns false
// where none of the first checks had five processes within it.
func torturedToTheLimit(t *testing.T, uid uint32, limit int) bool {
	t.Helper()
	mark, dir := newMark(t), sharedDir(t)
	script(t, dir, "check", fmt.Sprintf(torture, mark+".$(wc -l <begins)"))
	seconds := fmt.Sprint(limit)
	r := startCmd(t, command(t, dir, uid, "-i", seconds, "--timeout", seconds, "-s", "./check"))
	defer func() {
		r.signal(syscall.SIGTERM)
		r.wait()
	}()
	check, its := 0, ""
	fiveRun := func() bool {
		check = strings.Count(r.file("begins"), "\n")
		its = fmt.Sprint(mark, ".", check)
		return len(marked(t, its)) == 5
	}
	const first = 3 // checks
	eventually(t, "all five run", func() bool { return fiveRun() || check > first })
	if check > first {
		return false
	}
	eventually(t, "the limit ends it", func() bool { return r.out.lines("Failed: Exit Code 124, details in heat.log") >= check })
	if left := marked(t, its); len(left) > 0 {
		t.Errorf("%d of 5 left", len(left))
	}
	ended := check
	eventually(t, "a later check runs", func() bool { return fiveRun() && check > ended })
	begins := strings.Fields(r.file("begins"))
	began, _ := strconv.ParseFloat(begins[0], 64)
	again, _ := strconv.ParseFloat(begins[1], 64)
	// The limit and the grace end in the second interval, so that the next check begins with the third.
	// Each is written down when its shell has started, which a slow machine does late; one that
	// ran beside the first would have begun with the second.
	if late := again - began - 2*float64(limit); late < 0.5-float64(limit) || late > 20 {
		t.Errorf("the next check began %.2f s after the first, want %d", again-began, 2*limit)
	}
	return true
}

func TestTheServiceLives(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	for name, how := range map[string]string{"ampersand": "%s", "nohup": "nohup %s", "setsid": "setsid %s"} {
		for end, sig := range map[string]syscall.Signal{"ended": syscall.SIGTERM, "killed": syscall.SIGKILL} {
			t.Run(name+" "+end, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				port := service(t, dir, how)
				// A later script that hangs, and is ended at its limit.
				script(t, dir, "fail", "test -e sick || exit 0; exec sleep 1000")
				script(t, dir, "check", "test ! -e sick && curl -sf localhost:"+port)
				r := start(t, dir, "-i", "0.2", "--fail", "./fail", "--hook-timeout", "1", "--threshold", "2",
					"--recovery", "./recover", "--recovery-timeout", "10", "-s", "./check")
				eventually(t, "the service was repaired", func() bool { return r.out.lines("OK") > 0 })
				pid := r.file("server.pid")

				sick := filepath.Join(dir, "sick")
				if err := os.WriteFile(sick, nil, 0o644); err != nil {
					t.Fatal(err)
				}
				eventually(t, "the script was ended", func() bool { return r.err.lines("./fail, exit code 124: ended at --hook-timeout") > 0 })
				if err := get(port, "/"); err != nil {
					t.Error("after --hook-timeout of another script: ", err)
				}
				os.Remove(sick)

				r.signal(sig)
				r.wait()
				if err := get(port, "/"); err != nil {
					t.Error("after heat's end: ", err)
				}
				if err := get(port, "/flood"); err != nil {
					t.Error("after a megabyte on standard output: ", err)
				}
				if err := get(port, "/"); err != nil || r.file("server.pid") != pid {
					t.Error("after that: ", err)
				}
			})
		}
	}
}

func TestTermLetsTheRecoveryFinish(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script(t, dir, "recover", "echo begun >>steps; read x <go; echo finished >>steps")
	if err := syscall.Mkfifo(filepath.Join(dir, "go"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, dir, "-i", "0.1", "--threshold", "1", "--recovery", "./recover", "false")
	eventually(t, "the recovery runs", func() bool { return r.file("steps") == "begun\n" })
	r.signal(syscall.SIGTERM)
	select {
	case <-r.exited:
		t.Fatal("heat did not wait")
	case <-time.After(500 * time.Millisecond):
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("on\n"), 0); err != nil {
		t.Fatal(err)
	}
	if code := r.wait(); code != 143 || r.file("steps") != "begun\nfinished\n" {
		t.Errorf("exit status %d, steps %q", code, r.file("steps"))
	}
	if r.err.lines("recovery 1, exit code 0") != 1 {
		t.Errorf("standard error: %s", r.err)
	}
}

func TestASecondSignalEndsTheScriptsGroup(t *testing.T) {
	t.Parallel()
	dir, mark := t.TempDir(), newMark(t)
	// None has the mark before it is where it shall be: in its session.
	script(t, dir, "recover", fmt.Sprintf("%[1]s sleep 1000 &\n(trap '' TERM; exec %[1]s sleep 1000) &\nsetsid %[1]s sleep 1000 &\nwait", "env TORTURE="+mark))
	r := start(t, dir, "-i", "0.1", "--threshold", "1", "--recovery", "./recover", "false")
	eventually(t, "the recovery runs", func() bool { return len(marked(t, mark)) == 3 })
	// Two that come at once would be one.
	eventually(t, "heat ends", func() bool {
		_ = r.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-r.exited:
			return true
		default:
			return false
		}
	})
	if code := r.wait(); code != 143 {
		t.Errorf("exit status %d", code)
	}
	// What left the group may be a service.
	eventually(t, "the one in its own session is left", func() bool { return len(marked(t, mark)) == 1 })
}
