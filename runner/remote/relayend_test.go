package remote

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
)

// paces are those of an agent; tests that go round in both take turns.
func paces() []string { return []string{"free", "paced"} }

// agentShells are the shells that may be the agent's sh.
func agentShells() [][]string {
	return [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}, {"ksh93"}, {"mksh"}}
}

// An end of the input that clsh has not sent, just when the command ends by
// itself, leaves no process of the agent's.
func TestRelayEnds(t *testing.T) {
	const parts = 4 // of the rounds, side by side
	for turn, sh := range agentShells() {
		rounds := 1
		switch {
		case sshtest.Full():
			rounds = 100
		case sh[0] == "ksh93": // does not wait for the relay
			rounds = 4
		}
		for part := range min(parts, rounds) {
			t.Run(fmt.Sprint(sh[0], " ", part), func(t *testing.T) {
				t.Parallel()
				mark := sshtest.Mark()
				t.Cleanup(func() {
					for _, p := range sshtest.Marked(t, mark) {
						_ = syscall.Kill(p.PID, syscall.SIGKILL)
					}
				})
				for i := part; i < rounds; i += parts {
					relayEndsOnce(t, sh, turn+i, mark)
				}
				sshtest.WaitGone(t, mark)
			})
		}
	}
}

// relayEndsOnce has an agent's command end by itself after some work, which grows with the number of
// the round, while its input ends.
func relayEndsOnce(t *testing.T, sh []string, round int, mark string) {
	t.Helper()
	for _, input := range []string{"data 1 1\nx", "data 1 1\nxstop INT\n"} {
		command := fmt.Sprintf("MARK=%s head -c 1 >/dev/null; i=0; while [ $i -lt %d ]; do i=$((i+1)); done", mark, round*100)
		out, nonce := runAgent(t, sh, paces()[round%2], "/usr/bin:/bin", command, []byte(input), "MARK="+mark)
		if !strings.Contains(out, "\x1e"+nonce+" end ") {
			t.Errorf("no end: %q", out)
		}
	}
}

// cutPlaces are after how many bytes an input is cut: everywhere with --full, else
// at some places, and nowhere.
func cutPlaces(length int, some ...int) []int {
	var places []int
	for n := range length + 1 {
		if sshtest.Full() || n == length || slices.Contains(some, n) {
			places = append(places, n)
		}
	}
	return places
}

// Wherever the input is cut, in a header, in data, between frames, or in the line
// that ends it, the command replaces a file by all of the data or not at all.
func TestCutInput(t *testing.T) {
	const first, second = "data 3 1\nabc", "data 12 1\nline\nend\nxyz"
	input := first + second + DataEnd
	large := string(frames(make([]byte, 70_000)))
	for i, n := range cutPlaces(len(input), strings.Index(input, "\n"), len(first)-1, len(first), len(first+second), len(input)-1) {
		checkCut(t, i, input[:n], "abcline\nend\nxyz", n == len(input))
	}
	for i, cut := range []int{65536, 65536 + len("data 65536 1\n"), len(large)} {
		if !sshtest.Full() && i != 1 {
			continue // as in the small one
		}
		checkCut(t, i, large[:cut], strings.Repeat("\x00", 70_000), false)
	}
	checkCut(t, 0, large+DataEnd, strings.Repeat("\x00", 70_000), true)
}

// checkCut has agents take a cut input: one of the shells, paced or free in turn; with --full all of
// them, paced ones with dash and one other.
func checkCut(t *testing.T, turn int, input, data string, whole bool) {
	t.Helper()
	shells := agentShells()
	for i, sh := range shells {
		if !sshtest.Full() && i != turn%len(shells) {
			continue
		}
		for _, pace := range paces() {
			if !sshtest.Full() && pace != paces()[turn%2] {
				continue
			}
			if pace == "paced" && sh[0] != "dash" && i != turn%len(shells) {
				continue
			}
			cutOnce(t, sh, pace, input, data, whole)
		}
	}
}

// cutOnce has an agent take a cut input.
func cutOnce(t *testing.T, sh []string, pace, input, data string, whole bool) {
	t.Helper()
	t.Run(fmt.Sprintf("%s %s %d", sh[0], pace, len(input)), func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		file := filepath.Join(dir, "file")
		if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		mark := sshtest.Mark()
		out, nonce := runAgent(t, sh, pace, "/usr/bin:/bin", "cd "+dir+" && cat >new && mv new file", []byte(input), "MARK="+mark)
		want := "old"
		if whole {
			want = data
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("the file holds %.40q (%d bytes), %v; want %.40q", got, len(got), err, want)
		}
		if !strings.Contains(out, "\x1e"+nonce+" end ") {
			t.Errorf("no end: %q", out)
		}
		sshtest.WaitGone(t, mark)
	})
}
