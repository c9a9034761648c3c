package conn

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clsh/runner/event"
	"clsh/runner/remote"
)

// What comes before the command, byte by byte, becomes notes of whole lines, in
// its order with the output; a line without an end is bounded.
func TestNotesAreLines(t *testing.T) {
	t.Parallel()
	const ready, begin = "\x1en ready\n", "\x1en begin\n"
	long := strings.Repeat("x", maxNoise+1)
	for _, c := range []struct {
		name, sent string
		want       []string
	}{
		{"lines", "one\ntwo\r\n" + ready, []string{"note one\n", "note two\r\n", "mark"}},
		{"unfinished before ready", "one\ntw" + ready, []string{"note one\n", "note tw", "mark"}},
		{"unfinished before begin", ready + "rc" + begin + "out\n", []string{"mark", "note rc", "mark", "output out\n"}},
		{"not begun", "one" + ready + "syntax error\n" + "\x1en end 2\n", []string{"note one", "mark", "note syntax error\n", "mark"}},
		{"the end", "one\ntwo", []string{"note one\n", "note two"}},
		{"long", long + "yz\n" + ready, []string{"note " + long, "note yz\n", "mark"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			marks := make(chan Mark, 1)
			emit := func(e event.Event) {
				kind := "note "
				if e.Kind == event.Output {
					kind = "output "
				}
				got = append(got, kind+string(e.Data))
			}
			rd := &reader{stream: event.Stdout, emit: emit, verbose: true}
			rd.connect(remote.NewFramer("n"), marks)
			for _, b := range []byte(c.sent) {
				rd.carry = append(rd.carry, b)
				rd.carry = rd.carry[rd.framer.Feed(rd.carry, false, false):]
				select {
				case <-marks:
					got = append(got, "mark")
				default:
				}
			}
			rd.last()
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

// The end of a stream that came together with its last line is read, though the
// poller reports both at once.
func TestReaderEndsWithData(t *testing.T) {
	t.Parallel()
	file, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	emit := func(e event.Event) { got = append(got, e.Data...) }
	rd := &reader{stream: event.Stdout, file: file, emit: emit, buffers: newBufferPool(), activity: &activity{}}
	rd.connect(remote.NewRawFramer(), nil)
	if _, err := end.WriteString("last\n"); err != nil {
		t.Fatal(err)
	}
	_ = end.Close()
	// What the poller has to say of the pipe, it says before it is waited for.
	other, otherEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	go otherEnd.Close()
	_, _ = other.Read(make([]byte, 1))
	rd.start()
	rd.wg.Wait()
	_ = file.Close()
	if string(got) != "last\n" {
		t.Errorf("read %q", got)
	}
}

// What comes while a reader gathers is read with what made it gather. It does not gather while much
// comes.
func TestReaderGathers(t *testing.T) {
	t.Parallel()
	file, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	gathers, release, got := make(chan struct{}), make(chan struct{}), make(chan string)
	rd := &reader{
		stream: event.Stdout, file: file, buffers: newBufferPool(), activity: &activity{},
		emit:   func(e event.Event) { got <- string(e.Data) },
		gather: func() { gathers <- struct{}{}; <-release },
	}
	rd.connect(remote.NewRawFramer(), nil)
	rd.start()
	send := func(text string) {
		if _, err := end.WriteString(text); err != nil {
			t.Error(err)
		}
	}
	want := func(text string) {
		t.Helper()
		select {
		case have := <-got:
			if have != text {
				t.Errorf("%.20q (%d bytes) is passed on, want %.20q", have, len(have), text)
			}
		case <-gathers:
			t.Fatalf("it gathers before it passes %.20q on", text)
		}
	}
	much := strings.Repeat("x\n", muchRead/2)
	for _, then := range []string{"two\n", much} {
		for gathering := false; !gathering; {
			send("one\n")
			select {
			case <-gathers:
				gathering = true
			case <-got: // it was not waiting yet
			}
		}
		send(then)
		release <- struct{}{}
		want("one\n" + then)
	}
	send("at once\n")
	want("at once\n")
	go func() {
		for range gathers {
			release <- struct{}{}
		}
	}()
	_ = end.Close()
	rd.finish()
	close(gathers)
}
