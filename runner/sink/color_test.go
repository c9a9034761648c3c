package sink

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/event"
)

// termEnv is an environment in which only TERM is set.
func termEnv(term string) func(string) string {
	return func(name string) string {
		if name == "TERM" {
			return term
		}
		return ""
	}
}

// A host has the same colour whichever hosts are with it, and not all have one.
func TestHostLabels(t *testing.T) {
	for _, term := range []string{"xterm", "xterm-256color"} {
		c := Config{Getenv: termEnv(term)}
		a := c.palette(true).hostLabels([]string{"n1", "n2", "n3", "n4", "n5"})
		b := c.palette(true).hostLabels([]string{"n5", "n1"})
		equal(t, "n1", string(b[1]), string(a[0]))
		equal(t, "n5", string(b[0]), string(a[4]))
		colours := map[string]bool{}
		strip := regexp.MustCompile(`\x1b\[[0-9;]*m`)
		for i, label := range a {
			colours[string(strip.Find(label))] = true
			equal(t, "without colour", string(strip.ReplaceAll(label, nil)), "n"+string(rune('1'+i))+": ")
		}
		if len(colours) < 2 {
			t.Errorf("one colour for all: %q", a)
		}
		s, stdout, _ := newSink(t, Config{Names: []string{"n1"}, StdoutTerminal: true, Getenv: termEnv(term)})
		finish(t, s, exited(0))
		equal(t, "silent", string(strip.ReplaceAll(stdout.Bytes(), nil)), "n1:\n")
		equal(t, "silent, coloured", stdout.String(), string(bytes.TrimSuffix(a[0], []byte(" ")))+"\n")
	}
	c := Config{Getenv: termEnv("xterm"), Color: Never}
	equal(t, "never", string(c.palette(true).hostLabels([]string{"n1"})[0]), "n1: ")
}

// luminance is that of a colour of the 6×6×6 cube, 0 to 1 (WCAG 2.2, "relative
// luminance").
func luminance(colour int) float64 {
	levels := []int{0, 95, 135, 175, 215, 255}
	sum, n := 0.0, colour-16
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} { // blue, green, red
		v := float64(levels[n%6]) / 255
		n /= 6
		if v <= 0.04045 {
			sum += weight * v / 12.92
			continue
		}
		sum += []float64{0.0722, 0.7152, 0.2126}[i] * math.Pow((v+0.055)/1.055, 2.4)
	}
	return sum
}

// Every colour can be read on white and on black; where there are only the
// terminal's own, yellow is left to what is lost, and no bright one is used.
func TestPaletteContrast(t *testing.T) {
	c := Config{Getenv: termEnv("screen-256color")}
	many := c.palette(true)
	for _, sgr := range append([]string{many.red, many.yellow, many.green}, many.labels...) {
		n, err := strconv.Atoi(strings.TrimPrefix(sgr, "38;5;"))
		if err != nil || n < 16 || n > 231 {
			t.Fatalf("%q is no colour of the cube", sgr)
		}
		l := luminance(n)
		if white, black := 1.05/(l+0.05), (l+0.05)/0.05; white < 3 || black < 3 {
			t.Errorf("colour %d: contrast with white %.1f, with black %.1f", n, white, black)
		}
	}
	c.Getenv = termEnv("xterm")
	for _, sgr := range c.palette(true).labels {
		if n, err := strconv.Atoi(sgr); err != nil || n < 32 || n > 36 || n == 33 {
			t.Errorf("a label has the colour %q", sgr)
		}
	}
}

// ERROR and failures are red, lost hosts yellow, good ones green; what the user
// stopped has no colour. Without a terminal, and with NO_COLOR, nothing has.
func TestOutcomeColours(t *testing.T) {
	ends := []event.Result{
		{Outcome: event.Exited}, {Outcome: event.Exited, Code: 3}, {Outcome: event.Signaled, Code: 137, Signal: syscall.SIGKILL, Confirmed: true},
		{Outcome: event.Timeout, Code: 124, Confirmed: true}, {Outcome: event.Lost, Code: 255}, {Outcome: event.Stopped, Confirmed: true},
	}
	names := []string{"a", "b", "c", "d", "e", "f"}
	paint := func(n int, text string) string { return fmt.Sprintf("\x1b[%dm%s\x1b[0m", n, text) }
	for _, test := range []struct {
		name     string
		terminal bool
		env      func(string) string
		paint    func(n int, text string) string
	}{
		{"a terminal", true, termEnv("xterm"), paint},
		{"none", false, termEnv("xterm"), func(_ int, text string) string { return text }},
		{"NO_COLOR", true, func(string) string { return "1" }, func(_ int, text string) string { return text }},
	} {
		c := Config{Names: names, StderrTerminal: test.terminal, Getenv: test.env, Progress: Never, NoLabel: true}
		s, _, stderr := newSink(t, c)
		finish(t, s, ends...)
		failed := test.paint(31, "exit 3:") + " b\n" + test.paint(31, "SIGKILL:") + " c\n" + test.paint(31, "timeout:") + " d\n" +
			test.paint(33, "lost:") + " e\nstopped: f\n"
		want := test.paint(31, "ERROR:") + " e connection lost\n" + test.paint(32, "ok:") + " a\n" + failed
		if got, _, _ := strings.Cut(stderr.String(), "time:"); got != want {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
		results := map[int]*event.Result{}
		for rank := range ends {
			results[rank] = &ends[rank]
		}
		c.Fold = func(names []string) string { return strings.Join(names, ",") }
		equal(t, test.name, c.Failures(results), failed)
	}
}
