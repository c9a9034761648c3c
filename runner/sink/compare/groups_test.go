package compare

import (
	"slices"
	"testing"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// Groups are sorted by status, size and first host, whatever the order of the ends;
// text on another stream is another output.
func TestGroups(t *testing.T) {
	t.Parallel()
	pool := spool.NewPool(t.TempDir())
	defer pool.Close()
	hosts := []struct {
		stdout, stderr string
		status         int
	}{
		0: {stdout: "a", status: 1}, 1: {stdout: "b"}, 2: {stdout: "a\n"}, 3: {stderr: "a"}, 4: {stdout: "b\n"}, 5: {}, 6: {stdout: "b", stderr: "e"}, 7: {},
	}
	want := [][]int{{1, 4}, {5, 7}, {2}, {3}, {6}, {0}}
	for _, order := range [][]int{{0, 1, 2, 3, 4, 5, 6, 7}, {7, 6, 5, 4, 3, 2, 1, 0}, {3, 7, 0, 4, 6, 1, 5, 2}} {
		g := NewGroups(len(hosts), pool, nil)
		for _, rank := range order {
			for stream, text := range map[event.Stream]string{event.Stdout: hosts[rank].stdout, event.Stderr: hosts[rank].stderr} {
				for _, c := range []byte(text) {
					if err := g.Add(rank, stream, []byte{c}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if silent := hosts[rank].stdout+hosts[rank].stderr == ""; g.Silent(rank) != silent {
				t.Errorf("host %d: silent %v, want %v", rank, !silent, silent)
			}
			if err := g.End(rank, hosts[rank].status); err != nil {
				t.Fatal(err)
			}
		}
		var got [][]int
		for _, group := range g.Sorted() {
			got = append(got, group.Hosts)
		}
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("ended in the order %v: %v, want %v", order, got, want)
		}
	}
}
