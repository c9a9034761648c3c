package password

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
)

// Each step is what becomes of the next host's trial: a accepted, r refused, u unanswered. words is
// what the user types when asked again. want is the words that hosts were given, and at last
// whether others are given one.
func TestGate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, steps string
		words       []string
		given       string
		over        bool
	}{
		{"the first accepts", "a", nil, "one", false},
		{"a later refusal is the host's own", "arrrrr", nil, "one one one one one one", false},
		{"nobody can be asked", "r", nil, "one", true},
		{"asked again", "ra", []string{"two"}, "one two", false},
		{"asked twice", "rra", []string{"two", "three"}, "one two three", false},
		{"three refusals", "rrr", []string{"two", "three", "four"}, "one two three", true},
		{"nothing typed", "r", []string{}, "one", true},
		{"unanswered is tried elsewhere", "ua", nil, "one one", false},
		{"three without an answer", "uuu", nil, "one one one", true},
		{"unanswered counts", "uur", []string{"two"}, "one one one", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			words := test.words
			again := func(int, <-chan struct{}) ([]byte, bool) {
				if len(words) == 0 {
					return nil, false
				}
				word := words[0]
				words = words[1:]
				return []byte(word), true
			}
			g := New([]byte("one"), again)
			if test.words == nil {
				g.again = nil
			}
			calls := 0
			g.OnOver(func() { calls++ })
			given := ""
			for _, step := range test.steps {
				trial, err := g.Take(nil)
				if err != nil {
					t.Fatalf("after %q: %v", given, err)
				}
				given += " " + string(trial.Word)
				end(trial, step)
			}
			_, err := g.Take(nil)
			if given != " "+test.given || errors.Is(err, ErrOver) != test.over || (calls == 1) != test.over {
				t.Errorf("given%s, then %v, over %d times", given, err, calls)
			}
		})
	}
}

func end(trial *Trial, step rune) {
	switch step {
	case 'a':
		trial.Accepted()
	case 'r':
		trial.Refused()
	default:
		trial.Unanswered()
	}
	trial.Refused() // only the first counts
}

// A thousand hosts ask at once: one is given the word, and the others wait for its answer.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	for _, step := range "ar" {
		synctest.Test(t, func(t *testing.T) {
			g := New([]byte("one"), nil)
			type answer struct {
				trial *Trial
				err   error
			}
			answers := make(chan answer, 1000)
			gaveUp := make(chan struct{})
			for i := range 1000 {
				go func() {
					var cancel chan struct{}
					if i == 0 {
						cancel = gaveUp
					}
					trial, err := g.Take(cancel)
					answers <- answer{trial, err}
				}()
			}
			synctest.Wait()
			if len(answers) != 1 {
				t.Fatalf("%d hosts were answered", len(answers))
			}
			first := <-answers
			close(gaveUp)
			synctest.Wait()
			for len(answers) > 0 { // the one that gave up, if it was not the first
				if a := <-answers; !errors.Is(a.err, ErrCanceled) {
					t.Errorf("%v", a.err)
				}
			}
			end(first.trial, step)
			synctest.Wait()
			count := map[string]int{}
			for len(answers) > 0 {
				a := <-answers
				count[fmt.Sprint(a.err)]++
			}
			want := map[rune]string{'a': "<nil>", 'r': ErrOver.Error()}[step]
			if n := count[want]; n < 998 || len(count) != 1 {
				t.Errorf("%c: %v", step, count)
			}
		})
	}
}

// The end of the caller's session ends the question, and with it the run.
func TestAskingIsCanceled(t *testing.T) {
	t.Parallel()
	g := New([]byte("one"), func(_ int, cancel <-chan struct{}) ([]byte, bool) {
		<-cancel
		return nil, false
	})
	trial, err := g.Take(nil)
	if err != nil {
		t.Fatal(err)
	}
	trial.Refused()
	cancel := make(chan struct{})
	close(cancel)
	if _, err := g.Take(cancel); !errors.Is(err, ErrOver) {
		t.Errorf("%v", err)
	}
}
