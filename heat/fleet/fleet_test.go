package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clsh/heat/combine"
)

// A farm starts checks that live until SIGTERM or until the test ends them, and notes what happens.
type farm struct {
	file  string // "a=1 b=2": names and settings
	mu    sync.Mutex
	notes []string
	end   map[string]chan int
}

func (f *farm) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

func (f *farm) load() ([]Check, error) {
	if f.file == "broken" {
		return nil, errors.New("broken")
	}
	var checks []Check
	for word := range strings.FieldsSeq(f.file) {
		name, settings, _ := strings.Cut(word, "=")
		checks = append(checks, Check{Name: name, Settings: settings, Start: func(_ context.Context, signals <-chan os.Signal) <-chan int {
			f.note("start %s", word)
			done, end := make(chan int, 1), make(chan int, 1)
			f.end[name] = end
			go func() {
				for {
					select {
					case s := <-signals:
						f.note("%s %v", word, s)
						if s == syscall.SIGTERM {
							<-time.After(time.Second) // a hook that is waited for
							f.note("end %s", word)
							done <- 143
							return
						}
					case code := <-end:
						done <- code
						return
					}
				}
			}()
			return done
		}})
	}
	return checks, nil
}

func TestRun(t *testing.T) {
	const hup, term, usr1 = syscall.SIGHUP, syscall.SIGTERM, syscall.SIGUSR1
	for _, tt := range []struct {
		name string
		do   func(f *farm, signal func(os.Signal))
		want string
		code int
	}{
		{"a signal ends all", func(_ *farm, signal func(os.Signal)) { signal(term) }, "start a=1, start b=1, a=1 terminated, b=1 terminated, end a=1, end b=1", 143},
		{"one that ends leaves the other", func(f *farm, signal func(os.Signal)) { f.end["a"] <- 3; signal(usr1); signal(term) },
			"start a=1, start b=1, b=1 user defined signal 1, b=1 terminated, end b=1", 143},
		{"the worst status", func(f *farm, _ func(os.Signal)) { f.end["a"] <- 3; f.end["b"] <- 1 }, "start a=1, start b=1", 3},
		{"nothing new: all go on", func(_ *farm, signal func(os.Signal)) { signal(hup); signal(term) },
			"start a=1, start b=1, reload: 0 added, 0 changed, 0 removed, 2 unchanged, a=1 hangup, b=1 hangup, a=1 terminated, b=1 terminated, end a=1, end b=1", 143},
		{"one added, one changed, one removed", func(f *farm, signal func(os.Signal)) { f.file = "a=2 c=1"; signal(hup); signal(term) },
			"start a=1, start b=1, start c=1, reload: 1 added, 1 changed, 1 removed, 0 unchanged, a=1 terminated, b=1 terminated, c=1 hangup, " +
				"end a=1, end b=1, start a=2, a=2 terminated, c=1 terminated, end a=2, end c=1", 143},
		{"a broken file changes nothing", func(f *farm, signal func(os.Signal)) { f.file = "broken"; signal(hup); signal(term) },
			"start a=1, start b=1, reload: nothing has changed: broken, a=1 hangup, b=1 hangup, a=1 terminated, b=1 terminated, end a=1, end b=1", 143},
		{"one that comes back before it has ended", func(f *farm, signal func(os.Signal)) {
			f.file = "b=1"
			f.quick(signal, hup)
			f.file = "a=1 b=1"
			signal(hup)
			signal(term)
		}, "start a=1, start b=1, reload: 0 added, 0 changed, 1 removed, 1 unchanged, a=1 terminated, b=1 hangup, " +
			"reload: 0 added, 0 changed, 0 removed, 2 unchanged, b=1 hangup, end a=1, start a=1, a=1 terminated, b=1 terminated, end a=1, end b=1", 143},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &farm{file: "a=1 b=1", end: map[string]chan int{}}
				signals := make(chan os.Signal)
				checks, err := f.load()
				if err != nil {
					t.Fatal(err)
				}
				code := make(chan int)
				go func() {
					code <- Run(t.Context(), Config{
						Load: f.load, Signals: signals, Logf: f.note,
					}, checks)
				}()
				synctest.Wait()
				tt.do(f, func(s os.Signal) { signals <- s; <-time.After(5 * time.Second) })
				if got := <-code; got != tt.code {
					t.Errorf("exit status %d, want %d", got, tt.code)
				}
				if diff := cmp.Diff(strings.Split(tt.want, ", "), f.sorted(), cmp.Transformer("sorted", sortRuns)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

// quick sends a signal and waits for less than a check takes to end.
func (f *farm) quick(signal func(os.Signal), s os.Signal) {
	go signal(s)
	<-time.After(time.Second / 2)
	synctest.Wait()
}

func (f *farm) sorted() []string { return strings.Split(strings.Join(f.notes, ", "), ", ") }

// sortRuns makes nothing of the order of what happens to several checks at once.
func sortRuns(notes []string) string {
	slices.Sort(notes)
	return strings.Join(notes, "\n")
}

// A failure waits for what it needs, which is asked to run now, and counts only if that is good.
func TestBoard(t *testing.T) {
	for _, tt := range []struct {
		name  string
		state combine.State
		want  string
	}{{"what it needs is good", combine.Good, ""}, {"what it needs fails", combine.Failing, "db"}, {"nobody knows", combine.Unknown, "db"}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, asked := NewBoard(), 0
				b.Join("db", nil, func() { asked++ })
				b.Join("web", []string{"db"}, func() { t.Error("web is asked") })
				b.Put("db", Report{State: combine.Good, Begun: time.Now()})
				<-time.After(time.Second)
				ended, by := time.Now(), make(chan string)
				go func() { by <- b.Blame(t.Context(), "web", ended) }()
				synctest.Wait()
				b.Put("db", Report{State: combine.Good, Begun: ended.Add(-time.Millisecond)}) // began before
				synctest.Wait()
				if asked != 1 {
					t.Errorf("db was asked %d times", asked)
				}
				b.Put("db", Report{State: tt.state, Begun: ended})
				if got := <-by; got != tt.want {
					t.Errorf("blames %q, want %q", got, tt.want)
				}
			})
		})
	}
}

// A check that has not started yet is waited for, and the end of the wait is no verdict.
func TestBoardOfOneThatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBoard()
		b.Join("web", []string{"db"}, func() {})
		by := make(chan string)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { by <- b.Blame(ctx, "web", time.Now()) }()
		go func() { by <- b.Blame(t.Context(), "web", time.Now()) }()
		synctest.Wait()
		cancel()
		if got := <-by; got != "db" {
			t.Errorf("cancelled: %q", got)
		}
		b.Join("db", nil, func() {})
		b.Put("db", Report{State: combine.Good, Begun: time.Now()})
		if got := <-by; got != "" {
			t.Errorf("good again: %q", got)
		}
		if held := b.HeldBy("web"); held != "" {
			t.Errorf("held by %q", held)
		}
	})
}

// A switch learns how many checks in a row were good, and of every change.
func TestHealth(t *testing.T) {
	t.Parallel()
	b := NewBoard()
	b.Join("a", nil, func() {})
	for i, tt := range []struct {
		report Report
		want   combine.Health
	}{
		{Report{State: combine.Good}, combine.Health{Good: 1}}, {Report{State: combine.Good}, combine.Health{Good: 2}},
		{Report{State: combine.Failing}, combine.Health{}}, {Report{State: combine.Failing, Failed: true}, combine.Health{Failed: true}},
		{Report{State: combine.Unknown}, combine.Health{}}, {Report{State: combine.Good}, combine.Health{Good: 1}},
	} {
		_, _, changed := b.Health("a", "none")
		b.Put("a", tt.report)
		<-changed
		if got, none, _ := b.Health("a", "none"); got != tt.want || none != (combine.Health{}) {
			t.Errorf("%d: %+v, %+v, want %+v", i, got, none, tt.want)
		}
	}
}
