package terminal

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
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
func TestLabels(t *testing.T) {
	t.Parallel()
	escape := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, term := range []string{"xterm", "xterm-256color"} {
		p := NewPalette(termEnv(term))
		a := p.Labels([]string{"n1", "n2", "n3", "n4", "n5"})
		b := p.Labels([]string{"n5", "n1"})
		if string(b[1]) != string(a[0]) || string(b[0]) != string(a[4]) {
			t.Errorf("%s: %q and %q: colours depend on the other hosts", term, a, b)
		}
		colours := map[string]bool{}
		for i, label := range a {
			colours[string(escape.Find(label))] = true
			if plain, want := string(escape.ReplaceAll(label, nil)), "n"+strconv.Itoa(i+1)+": "; plain != want {
				t.Errorf("%s: %q without colour, want %q", term, plain, want)
			}
		}
		if len(colours) < 2 {
			t.Errorf("one colour for all: %q", a)
		}
	}
	if plain := (Palette{}).Labels([]string{"n1"}); string(plain[0]) != "n1: " {
		t.Errorf("no colours: %q", plain)
	}
}

// luminance returns that of a colour of the 6×6×6 cube, 0 to 1 (WCAG 2.2, "relative
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
	t.Parallel()
	many := NewPalette(termEnv("screen-256color"))
	for _, sgr := range append([]string{many.Red, many.Yellow, many.Green}, many.labels...) {
		n, err := strconv.Atoi(strings.TrimPrefix(sgr, "38;5;"))
		if err != nil || n < 16 || n > 231 {
			t.Fatalf("%q is not a colour of the cube", sgr)
		}
		l := luminance(n)
		if white, black := 1.05/(l+0.05), (l+0.05)/0.05; white < 3 || black < 3 {
			t.Errorf("colour %d: contrast with white %.1f, with black %.1f", n, white, black)
		}
	}
	for _, sgr := range NewPalette(termEnv("xterm")).labels {
		if n, err := strconv.Atoi(sgr); err != nil || n < 32 || n > 36 || n == 33 {
			t.Errorf("a label has the colour %q", sgr)
		}
	}
}
