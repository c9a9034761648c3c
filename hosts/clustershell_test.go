package hosts

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// debianPython is the interpreter for which Debian packages ClusterShell. The first python3 on PATH
// may be another.
const debianPython = "/usr/bin/python3"

// needOracle skips the test on a machine without ClusterShell; in CI it fails the test.
func needOracle(t *testing.T) {
	t.Helper()
	sshtest.NeedPython(t, debianPython, "ClusterShell.NodeSet")
}

// sampled returns how many comparisons with ClusterShell are made: without --full a
// tenth.
func sampled(all int) int {
	if sshtest.Full() {
		return all
	}
	return all / 10
}

// oracle is a Python process that answers questions with ClusterShell.
type oracle struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
}

type reply struct {
	Names []string
	Text  string
	Error string
}

// startOracle starts the process with env added to its environment. The process ends with the test.
func startOracle(t *testing.T, env ...string) *oracle {
	t.Helper()
	needOracle(t)
	cmd := exec.Command(debianPython, "testdata/oracle.py")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &oracle{t, in, bufio.NewReader(out)}
}

func (o *oracle) ask(question map[string]any) reply {
	o.t.Helper()
	line, err := json.Marshal(question)
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.in.Write(append(line, '\n')); err != nil {
		o.t.Fatal(err)
	}
	answer, err := o.out.ReadBytes('\n')
	if err != nil {
		o.t.Fatal(err)
	}
	var r reply
	if err := json.Unmarshal(answer, &r); err != nil {
		o.t.Fatal(err)
	}
	return r
}

// listGenerator makes up random LISTs.
type listGenerator struct{ *rand.Rand }

func (g listGenerator) oneOf(choices ...string) string { return choices[g.IntN(len(choices))] }

// span returns a member of a bracket.
func (g listGenerator) span() string {
	low := g.IntN([]int{3, 12, 120}[g.IntN(3)])
	high := low + g.IntN([]int{2, 4, 9}[g.IntN(3)])
	width := 1
	if g.IntN(3) == 0 {
		width = len(fmt.Sprint(high)) + g.IntN(2)
	}
	text := fmt.Sprintf("%0*d", width, low)
	if g.IntN(3) > 0 {
		text += fmt.Sprintf("-%0*d", width, high)
		if g.IntN(5) == 0 {
			text += fmt.Sprintf("/%d", 1+g.IntN(4))
		}
	}
	return text
}

func (g listGenerator) bracket(members int) string {
	spans := make([]string, 1+g.IntN(members))
	for i := range spans {
		spans[i] = g.span()
	}
	return "[" + strings.Join(spans, g.oneOf(",", ",", ",", ", ")) + "]"
}

// name returns a name of up to three dimensions, sometimes with digits around the brackets.
func (g listGenerator) name() string {
	text := g.oneOf("n", "n", "node", "rack-", "10.0.", "192.168.", "db.x", "", "n0", "w1", "7", "a-b_c")
	dimensions := g.IntN(4)
	for range dimensions {
		text += g.bracket(4-dimensions) + g.oneOf("-ib", "x", ".", "-", "r", "r0-", ".lan", "-9.")
	}
	if text == "" {
		text = g.oneOf("z", "12", "0.0.1.7")
	}
	return text + g.oneOf("", "", "", "", "1", "02", "-ipmi", "x3", ".example.com", "y["+g.span()+"]"+g.oneOf("", "5", "05"))
}

func (g listGenerator) list() string {
	text := g.name()
	for range g.IntN(4) {
		operand := g.name()
		if g.IntN(3) == 0 {
			operand = g.oneOf("n[0-20]", "n[5-9]", "n1", "node[01-30]", "n[1-5]x[1-5]", "z", "10.0.[0-3]")
		}
		text += g.oneOf(",", ",", "!", "&", "^", " ! ", ", ") + operand
	}
	if g.IntN(20) == 0 {
		at := g.IntN(len(text) + 1)
		text = text[:at] + g.oneOf("[", "]", ",", "-", "/", "!", "1", "0", "a") + text[min(at+g.IntN(2), len(text)):]
	}
	return text
}

// deviation returns the reason, explained in doc.go, why this package refuses a text that nodeset
// takes, or "" if there is none.
func deviation(err error) string {
	for _, d := range []struct{ problem, reason string }{
		{"ambiguous numbers of", "numbers of several lengths after digits"},
		{"negative numbers are not supported", "negative numbers"},
		{"bracket within brackets", "text between the dashes of a range"},
		{"begins with a dash", "names that ssh would take for options"},
		{"padded numbers 0 and 00 differ", "0 and zeros"},
		{"not allowed in a name", "characters that are special to the shell"},
		{"missing host", "names without a host"},
	} {
		if strings.Contains(err.Error(), d.problem) {
			return d.reason
		}
	}
	return ""
}

func TestExpandAgreesWithClusterShell(t *testing.T) {
	o := startOracle(t)
	g := listGenerator{rand.New(rand.NewPCG(3, 20000))}
	outcomes := map[string]int{}
	samples := sampled(20000)
	for range samples {
		text := g.list()
		theirs := o.ask(map[string]any{"expand": text})
		ours, err := Expand(text)
		operands, _ := scan(text)
		switch {
		case slices.ContainsFunc(operands, func(o operand) bool { return o.afterBlank }):
			outcomes["a blank joins"]++
		case theirs.Error != "" && err != nil:
			outcomes["refused by both"]++
		case theirs.Error != "":
			t.Errorf("%q: nodeset refuses it (%s), Expand returns %.200q", text, theirs.Error, ours.Names())
		case err != nil:
			reason := deviation(err)
			if reason == "" {
				t.Errorf("%q: Expand refuses it, nodeset returns %.200q: %v", text, theirs.Names, err)
			}
			outcomes["refused by Expand: "+reason]++
		default:
			outcomes["agreed"]++
			names := ours.Names()
			slices.Sort(names)
			slices.Sort(theirs.Names)
			if !slices.Equal(names, theirs.Names) {
				t.Errorf("%q: Expand returns %.300q, nodeset %.300q", text, names, theirs.Names)
			}
		}
	}
	t.Log(outcomes)
	if outcomes["agreed"] < samples*3/4 {
		t.Errorf("only %d of %d expressions could be compared", outcomes["agreed"], samples)
	}
}

// scattered returns names of up to three dimensions, some of which are missing: such names are hard
// to fold.
func (g listGenerator) scattered() []string {
	var names []string
	dimensions := 1 + g.IntN(3)
	sizes := [...]int{1 + g.IntN(60), 1 + g.IntN(9), 1 + g.IntN(5)}
	density := []float64{0.1, 0.5, 0.9, 1}[g.IntN(4)]
	width := 1 + g.IntN(3)
	for a := range sizes[0] {
		for b := range sizes[1] {
			for c := range sizes[2] {
				name := fmt.Sprintf("n%0*d", width, a)
				if dimensions > 1 {
					name += fmt.Sprintf("x%d", b)
				}
				if dimensions > 2 {
					name += fmt.Sprintf("-%dy", c)
				}
				if g.Float64() < density {
					names = append(names, name)
				}
			}
		}
	}
	if len(names) == 0 {
		names = append(names, "n7")
	}
	if g.IntN(2) == 0 {
		g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	}
	names = names[:min(len(names), 150)]
	slices.Sort(names)
	return slices.Compact(names)
}

func TestFoldIsAsShortAsClusterShells(t *testing.T) {
	o := startOracle(t)
	g := listGenerator{rand.New(rand.NewPCG(7, 1))}
	sets := sampled(500)
	longer, ours, theirs := 0, 0, 0
	for range sets {
		names := g.scattered()
		if g.IntN(4) == 0 {
			if list, err := Expand(g.list()); err == nil && 0 < len(list) && len(list) < 300 {
				names = list.Names()
			}
		}
		text := Fold(names)
		other := o.ask(map[string]any{"fold": names}).Text
		if len(text) > len(other) {
			longer++
			if testing.Verbose() && longer < 5 {
				t.Logf("%s\nis longer than ClusterShell's\n%s", text, other)
			}
		}
		ours, theirs = ours+len(text), theirs+len(other)
		back, err := Expand(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got := back.Names()
		slices.Sort(got)
		slices.Sort(names)
		if !slices.Equal(got, names) {
			t.Errorf("%q expands to %q, want %q", text, got, names)
		}
	}
	t.Logf("no longer than ClusterShell's: %.1f %% of %d sets; in all %d bytes, ClusterShell's %d", 100-100*float64(longer)/float64(sets), sets, ours, theirs)
	if longer*20 > sets {
		t.Errorf("%d of %d folded sets are longer than ClusterShell's; at most 5 %% may be", longer, sets)
	}
}
