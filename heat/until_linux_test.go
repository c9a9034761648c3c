package heat

import "testing"

// When --within is over, what the check started is gone with it, wherever it went.
func TestWithinEndsTheCheck(t *testing.T) {
	t.Parallel()
	dir, mark := t.TempDir(), newMark(t)
	r := start(t, dir, "--until-ok", "1", "--within", "2", "--kill-after", "0.2",
		"TORTURE="+mark+` setsid sh -c "trap '' TERM; touch up; sleep 1000 & wait; sleep 1000"`)
	if code := r.wait(); code != 3 || r.err.lines("--within 2s is over: 0 of 1 good checks in a row") != 1 || r.out.String() != "" {
		t.Errorf("exit status %d", code)
	}
	if r.file("up") != "" || len(marked(t, mark)) != 0 {
		t.Errorf("left: %v", marked(t, mark))
	}
}
