package output

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// A hostileRun is a run of hosts, each by what it does and how it has to end, with
// the limits that end those that do not end by themselves.
type hostileRun struct {
	limits []string
	code   int
	hosts  map[string][2]string
}

// hostileRuns are runs by the limit that ends their hosts. A flood is $size bytes,
// then silence; with --full it has no end.
func hostileRuns() map[string]hostileRun {
	return map[string]hostileRun{
		"no limit": {[]string{"--ready-timeout", "60"}, 255, map[string][2]string{
			"honest": {`m ready; read -r x; m begin; echo out; m "end 0"`, "exited 0"},
			// Marks: too many, out of order, of another mode, with no status.
			"twice":   {`m ready; m ready; m begin; m begin; m ready; echo out; m "end 0"; m "end 9"`, "exited 0"},
			"order":   {`m "end 9"; m begin; m done; m ready; m begin; echo out; m "end 0"`, "exited 0"},
			"crowd":   {`for w in "end 9" begin; do many "$w"; many "$w" >&2; done; m ready; for w in ready done begin done; do many "$w"; many "$w" >&2; done; echo out; m "end 0"; many "end 9"; many "end 9" >&2`, "exited 0"},
			"kept":    {`m ready; m begin; for w in "gone 9" stopped cleared; do many "$w"; many "$w" >&2; done; echo out; m "end 0"`, "exited 0"},
			"status":  {`m ready; m begin; for s in -1 256 999999999999999999999 nine 0x0 ""; do m "end $s"; done; echo out; m "end 7"`, "exited 7"},
			"wrong":   {`nonce=$(echo "$nonce" | tr 0-9a-f 1-9a-f0); m ready; m begin; m "end 0"; exit 255`, "unreachable 255"},
			"spliced": {`m ready; m begin; echo out; printf '\036%s' "$nonce"; printf '\036'; printf '\036%s e' "$nonce"; printf 'nd 4\n'; printf '\036%s end 4\n' "$nonce" >&2`, "exited 4"},
			"crammed": {`m ready; read -r x; m begin; echo out; awk -v n="$nonce" -v times="$times" 'BEGIN { for (i = 0; i < 3 * times; i++) printf "\036%s ", n }'; m "end 0"`, "exited 0"},
			// The connection ends without a word, or with ssh's, before the command began.
			"dumb":   {`m ready; read -r x; exit 0`, "unreachable 255"},
			"parted": {`m ready; read -r x; printf "Connection to $host closed by remote host.\r\n" >&2; exit 255`, "lost 255"},
			// Pipes stay open; amounts, of which nothing may be kept.
			"holding": {`m ready; m begin; echo out; exec 3>&1; : $(setsid sh -c "echo up; exec sleep 300 >&3" &); m "end 0"`, "exited 0"},
			"after":   {`m ready; m begin; echo out; m "end 0"; trap "" TERM; flood`, "exited 0"},
			"log":     {`m ready; m begin; echo out; head -c $size /dev/zero >>"$log"; m "end 0"`, "exited 0"},
			"logs":    {`yes "Permission denied (publickey)." | head -c $size >>"$log"; exit 255`, "unreachable 255"},
		}},
		"--ready-timeout": {[]string{"--ready-timeout", "2", "--kill-after", "0.1"}, 255, map[string][2]string{
			"mute":      {`trap "" TERM; while :; do sleep 300; done`, "unreachable 255"},
			"before":    {`flood`, "unreachable 255"},
			"errors":    {`flood >&2`, "unreachable 255"},
			"linebreak": {`lines | tee /dev/stderr`, "unreachable 255"},
			"between":   {`m ready; flood`, "unreachable 255"},
		}},
		// One stream ends, a stop is not answered.
		"--timeout": {[]string{"--ready-timeout", "60", "--timeout", "3", "--kill-after", "0.1"}, 124, map[string][2]string{
			"half": {`m ready; m begin; echo out; printf '\036%s end 0\n' "$nonce"; exec sleep 300`, "timeout 124, end not confirmed"},
			"deaf": {`m ready; m begin; echo out; trap "" TERM INT HUP; while :; do sleep 300; done`, "timeout 124, end not confirmed"},
		}},
	}
}

// A host that plays with the agent's marks, or says more than anybody can keep,
// gets a result like any other host: it spoils its own, and neither hangs clsh nor
// fills its memory.
func TestHostileHosts(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	script := clshtest.Attacker + fmt.Sprintf("size=%d times=1000\n", 75<<20) + `
flood() { head -c $size /dev/zero | tr "\0" x; exec sleep 300; }
lines() { yes "" | head -c $size; exec sleep 300; }
`
	if sshtest.Full() {
		script = clshtest.Attacker + fmt.Sprintf("size=%d times=20000\n", 1<<30) + `
flood() { tr "\0" x </dev/zero; }
lines() { yes ""; }
`
	}
	for limit, run := range hostileRuns() {
		t.Run(limit, func(t *testing.T) {
			clshtest.ParallelUnlessFull(t)
			checkHostile(t, script, run)
		})
	}
}

func checkHostile(t *testing.T, script string, run hostileRun) {
	t.Helper()
	s := sshtest.New(t)
	var names []string
	script += "case $host in\n"
	for name, host := range run.hosts {
		names = append(names, name)
		script += name + ") " + host[0] + " ;;\n"
	}
	args := append([]string{"--keep-going", "--format", "json", "-h", strings.Join(names, ",")}, run.limits...)
	c := clshtest.Start(t, s, append(args, "--ssh", sshtest.FakeSSH(t, script+"esac"), "true")...)
	peak := clshtest.WatchMemory(t, c)
	if code := c.Wait(); code != run.code {
		t.Errorf("exit status %d, want %d", code, run.code)
	}
	ends, said, _ := clshtest.Outcomes(t, strings.NewReader(c.Out.String()))
	for name, host := range run.hosts {
		if fmt.Sprint(ends[name]) != "["+host[1]+"]" {
			t.Errorf("%s ended as %q, want %s", name, ends[name], host[1])
		}
		if strings.Contains(host[0], "echo out") && !strings.HasPrefix(said[name], "out") {
			t.Errorf("%s: its output is %.100q", name, said[name])
		}
	}
	// scripts/bench has the real bound.
	bound := int64(64 << 20)
	if sshtest.Full() {
		bound = 128 << 20 // with the race detector
	}
	most := <-peak
	t.Logf("peak %d MiB", most>>20)
	if most > bound {
		t.Errorf("%d MiB in memory", most>>20)
	}
	if _, ok := run.hosts["holding"]; ok {
		sshtest.WaitFor(t, "what holds the pipes is killed", func() (killed bool) {
			for _, p := range sshtest.Marked(t, s.Mark) {
				killed = killed || p.Name == "sleep" && syscall.Kill(p.PID, syscall.SIGKILL) == nil
			}
			return killed
		})
	}
	s.WaitGone()
}
