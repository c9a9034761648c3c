package output

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A reader takes what an outlet writes while it is there; otherwise the write
// waits, or fails with err.
type reader struct {
	mu      sync.Mutex
	present chan struct{}
	err     error
	partly  int // bytes that are written before err
	got     strings.Builder
}

func (r *reader) Write(b []byte) (int, error) {
	<-r.present
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		n := min(r.partly, len(b))
		r.got.Write(b[:n])
		return n, r.err
	}
	return r.got.Write(b)
}

func (r *reader) set(err error, partly int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.partly = err, partly
}

func (r *reader) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.String()
}

func counted(n int) []byte { return fmt.Appendf(nil, "lost %d\n", n) }

func lines(o *Outlet, from, to int) {
	for n := from; n <= to; n++ {
		fmt.Fprintf(o, "line %d\n", n)
	}
	synctest.Wait()
}

func TestAnOutletCountsWhatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{present: make(chan struct{})}
		o := NewOutlet(r, 3*len("line 1\n"))
		o.Count = counted
		lines(o, 1, 1) // being written
		lines(o, 2, 9) // three wait, five are lost
		begin := time.Now()
		<-o.Settled(SettleLimit)
		if took := time.Since(begin); took != SettleLimit {
			t.Errorf("waited %v for a reader that does not come", took)
		}
		close(r.present)
		synctest.Wait()
		lines(o, 10, 10)
		if want := "line 1\nline 2\nline 3\nline 4\nlost 5\nline 10\n"; r.text() != want {
			t.Errorf("got %q, want %q", r.text(), want)
		}
	})
}

func TestAnOutletCountsWhatCannotBeWritten(t *testing.T) {
	for _, tt := range []struct {
		name   string
		partly int // bytes that the failing writes write
		want   string
	}{
		{"nothing", 0, "lost 3\nline 4\n"},
		{"a whole line", len("line 1\n"), "line 1\nlost 2\nline 4\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &reader{present: make(chan struct{}), err: syscall.ENOSPC, partly: tt.partly}
				close(r.present)
				errs := 0
				o := NewOutlet(r, 1<<10)
				o.Count, o.Failed = counted, func(error) { errs++ }
				lines(o, 1, 1)
				r.set(syscall.ENOSPC, 0)
				lines(o, 2, 2)
				lines(o, 3, 3)
				r.set(nil, 0)
				lines(o, 4, 4)
				if r.text() != tt.want || errs != 1 {
					t.Errorf("got %q, want %q; %d errors reported", r.text(), tt.want, errs)
				}
			})
		})
	}
}

func TestAnOutletReportsTheCountElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{present: make(chan struct{})}
		o := NewOutlet(r, 1)
		total := 0
		o.Lost = func(n int) { total += n }
		lines(o, 1, 1)
		lines(o, 2, 9)
		close(r.present)
		synctest.Wait()
		if r.text() != "line 1\nline 2\n" || total != 7 {
			t.Errorf("got %q and %d lost", r.text(), total)
		}
	})
}

func TestAnOutletSaysWhenNobodyReadsAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{present: make(chan struct{}), err: syscall.EPIPE}
		close(r.present)
		o := NewOutlet(r, 1<<10)
		o.Gone = make(chan struct{})
		lines(o, 1, 3)
		<-o.Gone
		lines(o, 4, 5)
	})
}
