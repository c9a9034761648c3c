package output

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clsh/heat/checker"

	"github.com/google/go-cmp/cmp"
)

// newTestLog returns a log in a directory of its own that must not fail.
func newTestLog(t *testing.T, size int64, keep int) *Log {
	t.Helper()
	spec := LogSpec{Path: filepath.Join(t.TempDir(), "log"), Size: size, Keep: keep}
	return NewLog(spec, Label{}, nil, func(err error) { t.Error(err) })
}

func TestLinesOfAFailure(t *testing.T) {
	tests := []struct {
		name string
		rep  checker.Report
		want string
	}{
		{"nothing", checker.Report{}, ""},
		{"lines", checker.Report{Stderr: checker.Output{Data: []byte("a\nb\n")}}, "7: a\n7: b\n"},
		{"no last newline", checker.Report{Stderr: checker.Output{Data: []byte("a\nb")}}, "7: a\n7: b\n"},
		{"empty lines", checker.Report{Stderr: checker.Output{Data: []byte("\na\n\n")}}, "7: \n7: a\n7: \n"},
		{"carriage returns", checker.Report{Stderr: checker.Output{Data: []byte("\r10%\r20%\r\nend\r")}}, "7: 10%\n7: 20%\n7: end\n"},
		{"an empty line after CRLF", checker.Report{Stderr: checker.Output{Data: []byte("a\r\n\r\nb")}}, "7: a\n7: b\n"},
		{"both streams", checker.Report{Stdout: checker.Output{Data: []byte("out\n")}, Stderr: checker.Output{Data: []byte("err\n")}},
			"7: err\n7: stdout: out\n"},
		{"any bytes", checker.Report{Stderr: checker.Output{Data: []byte("\x00\xff\n")}}, "7: \x00\xff\n"},
		{"cut", checker.Report{Stdout: checker.Output{Data: []byte("ou"), Dropped: 5}, Stderr: checker.Output{Data: []byte("er"), Dropped: 9}},
			"7: er\n7: heat: 9 more bytes of standard error are not kept\n7: stdout: ou\n7: stdout: heat: 5 more bytes of standard output are not kept\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newTestLog(t, 0, 0)
			l.Failure(7, &tt.rep)
			<-l.Out.Settled(patience)
			got, err := os.ReadFile(l.Path)
			if err != nil && tt.want != "" {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestRotation writes numbered lines and looks for the last ones, in order and
// without a gap, in files none of which is too large.
func TestRotation(t *testing.T) {
	for _, keep := range []int{0, 1, 3} {
		t.Run(fmt.Sprint(keep), func(t *testing.T) {
			l := newTestLog(t, 100, keep)
			const last = 200
			for n := 1; n <= last; n++ {
				l.Note(1, fmt.Sprintf("line %d", n))
			}
			<-l.Out.Settled(patience)
			var all strings.Builder
			for n := keep; n >= 0; n-- {
				name := l.Path
				if n > 0 {
					name = fmt.Sprintf("%s.%d", l.Path, n)
				}
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if len(text) > 100 || len(text) == 0 {
					t.Errorf("%s has %d bytes", name, len(text))
				}
				all.Write(text)
			}
			if _, err := os.Stat(fmt.Sprintf("%s.%d", l.Path, keep+1)); err == nil {
				t.Error("an older file is there")
			}
			lines := strings.Split(strings.TrimSuffix(all.String(), "\n"), "\n")
			for i, line := range lines {
				if want := fmt.Sprintf("1: line %d", last-len(lines)+1+i); line != want {
					t.Fatalf("got %q, want %q", line, want)
				}
			}
		})
	}
}

func TestALineLongerThanTheLogIsWritten(t *testing.T) {
	l := newTestLog(t, 10, 1)
	for _, text := range []string{"short", strings.Repeat("long", 10), "end"} {
		l.Note(1, text)
	}
	<-l.Out.Settled(patience)
	got, _ := os.ReadFile(l.Path + ".1")
	if want := "1: " + strings.Repeat("long", 10) + "\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnOldLogIsAppendedTo(t *testing.T) {
	l := newTestLog(t, 20, 1)
	if err := os.WriteFile(l.Path, []byte("there\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.Note(1, "more")
	l.Note(1, "and more")
	<-l.Out.Settled(patience)
	old, _ := os.ReadFile(l.Path + ".1")
	now, _ := os.ReadFile(l.Path)
	if diff := cmp.Diff([]string{"there\n1: more\n", "1: and more\n"}, []string{string(old), string(now)}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// patience is how long something may take on a slow machine.
const patience = time.Minute
