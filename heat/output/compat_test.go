package output

import (
	"os"
	"testing"
	"time"

	"clsh/heat/checker"

	"github.com/google/go-cmp/cmp"
)

// What is beyond the limit of the log is counted on standard error: the log has the check's
// lines alone.
func TestCompatLog(t *testing.T) {
	for compat, want := range map[bool]string{
		true:  "5: one\n5: two\n",
		false: "5: note\n5: one\n5: two\n5: heat: 3 more bytes of standard error are not kept\n5: stdout: out\n",
	} {
		t.Chdir(t.TempDir())
		l := NewLog(LogSpec{Path: "heat.log", Compat: compat}, Label{}, nil, func(err error) { t.Error(err) })
		l.Note(5, "note")
		l.Failure(5, &checker.Report{
			Stdout: checker.Output{Data: []byte("out\n")}, Stderr: checker.Output{Data: []byte("one\rtwo\n"), Dropped: 3},
		})
		<-l.Out.Settled(time.Minute)
		got, _ := os.ReadFile("heat.log")
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("compat %v: -want +got:\n%s", compat, diff)
		}
	}
}
