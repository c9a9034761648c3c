package loop

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clsh/heat/checker"
	"clsh/heat/policy"
)

func TestProbeReport(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err     error
		stopped bool
		want    checker.Report
	}{
		{nil, false, checker.Report{Outcome: policy.Exited}},
		{errors.New("a\nb"), false, checker.Report{Outcome: policy.Exited, Code: 1, Stderr: checker.Output{Data: []byte("a b\n")}}},
		{context.DeadlineExceeded, false, checker.Report{Outcome: policy.TimedOut, Code: 124, Stderr: checker.Output{Data: []byte("context deadline exceeded\n")}}},
		{context.Canceled, true, checker.Report{Stopped: true}},
		{nil, true, checker.Report{Stopped: true}},
	} {
		if diff := cmp.Diff(tt.want, probeReport(tt.err, tt.stopped)); diff != "" {
			t.Errorf("%v: -want +got:\n%s", tt.err, diff)
		}
	}
}
