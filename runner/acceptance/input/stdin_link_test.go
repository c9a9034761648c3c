package input

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// Wherever the connection that carries the input breaks or falls silent, in the
// login, in a header, in data or in the line that ends it, each host's file is the
// old one or the whole new one. runner/remote cuts the frames themselves.
func TestStdinFailingLink(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	data := make([]byte, 6000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	step := int64(2500)
	if sshtest.Full() {
		step = 61
	}
	hosts := 0
	for up := int64(1000); up < 24_000; up += step { // the agent's script is most of it
		s.Through(fmt.Sprintf("n%d", hosts), sshtest.Link{Up: up, Freeze: hosts%2 == 1})
		hosts++
	}
	file := func(i int) string { return filepath.Join(s.Home, fmt.Sprintf("file.n%d", i)) }
	for i := range hosts {
		if err := os.WriteFile(file(i), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	events := filepath.Join(t.TempDir(), "events")
	cmd := clshtest.Cmd(t, s, "--keep-going", "--stdin", "--lost-after", "2", "-t", "10", "--ready-timeout", "10", "--kill-after", "1", "--retry", "0",
		"--json", events, "-h", fmt.Sprintf("n[0-%d]", hosts-1), "cd "+s.Home+"; cat >new.$CLSH_HOST && mv new.$CLSH_HOST file.$CLSH_HOST")
	cmd.Stdin = bytes.NewReader(data)
	c := clshtest.StartCmd(t, cmd)
	if code := c.Wait(); code != 255 {
		t.Errorf("exit status %d, want 255", code)
	}
	s.WaitGone()
	record, err := os.Open(events)
	if err != nil {
		t.Fatal(err)
	}
	defer record.Close()
	ends, _, _ := clshtest.Outcomes(t, record)
	cut := 0
	for i := range hosts {
		got, err := os.ReadFile(file(i))
		whole, exited := bytes.Equal(got, data), fmt.Sprint(ends[fmt.Sprintf("n%d", i)]) == "[exited 0]"
		if err != nil || !whole && string(got) != "old" || exited && !whole {
			t.Errorf("n%d: %v; its file holds %d bytes, %v", i, ends[fmt.Sprintf("n%d", i)], len(got), err)
		}
		if !whole {
			cut++
		}
	}
	t.Logf("%d of %d hosts were cut", cut, hosts)
	if cut == 0 || cut == hosts {
		t.Error("the places do not cover a session")
	}
}
