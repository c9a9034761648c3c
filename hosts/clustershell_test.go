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

// debianPython is the interpreter that has the Debian package: the first one
// on PATH may be another.
const debianPython = "/usr/bin/python3"

// needOracle skips the test on a machine without ClusterShell, and fails it
// in CI.
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

// oracle is a Python process that answers with what ClusterShell says.
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

// startOracle starts the process with env added to the environment; it ends
// with the test.
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

// writer makes up LISTs.
type writer struct{ *rand.Rand }

func (w writer) one(choices ...string) string { return choices[w.IntN(len(choices))] }

// span writes a member of a bracket.
func (w writer) span() string {
	low := w.IntN([]int{3, 12, 120}[w.IntN(3)])
	high := low + w.IntN([]int{2, 4, 9}[w.IntN(3)])
	width := 1
	if w.IntN(3) == 0 {
		width = len(fmt.Sprint(high)) + w.IntN(2)
	}
	text := fmt.Sprintf("%0*d", width, low)
	if w.IntN(3) > 0 {
		text += fmt.Sprintf("-%0*d", width, high)
		if w.IntN(5) == 0 {
			text += fmt.Sprintf("/%d", 1+w.IntN(4))
		}
	}
	return text
}

func (w writer) bracket(members int) string {
	spans := make([]string, 1+w.IntN(members))
	for i := range spans {
		spans[i] = w.span()
	}
	return "[" + strings.Join(spans, w.one(",", ",", ",", ", ")) + "]"
}

// name writes a name of up to three dimensions, with digits around brackets
// now and then.
func (w writer) name() string {
	text := w.one("n", "n", "node", "rack-", "10.0.", "192.168.", "db.x", "", "n0", "w1", "7", "a-b_c")
	dims := w.IntN(4)
	for range dims {
		text += w.bracket(4-dims) + w.one("-ib", "x", ".", "-", "r", "r0-", ".lan", "-9.")
	}
	if text == "" {
		text = w.one("z", "12", "0.0.1.7")
	}
	return text + w.one("", "", "", "", "1", "02", "-ipmi", "x3", ".example.com", "y["+w.span()+"]"+w.one("", "5", "05"))
}

func (w writer) list() string {
	text := w.name()
	for range w.IntN(4) {
		operand := w.name()
		if w.IntN(3) == 0 {
			operand = w.one("n[0-20]", "n[5-9]", "n1", "node[01-30]", "n[1-5]x[1-5]", "z", "10.0.[0-3]")
		}
		text += w.one(",", ",", "!", "&", "^", " ! ", ", ") + operand
	}
	if w.IntN(20) == 0 {
		at := w.IntN(len(text) + 1)
		text = text[:at] + w.one("[", "]", ",", "-", "/", "!", "1", "0", "a") + text[min(at+w.IntN(2), len(text)):]
	}
	return text
}

// deviation names the reason, told in doc.go, for which text is refused here
// and taken by nodeset; empty where there is none.
func deviation(err error) string {
	for _, d := range []struct{ problem, reason string }{
		{"digits: with the", "numbers of several lengths behind digits"},
		{"no number is negative", "negative numbers"},
		{"a bracket within a bracket", "text between the dashes of a range"},
		{"begins with a dash", "names that ssh would take for options"},
		{"the padding differs: 0 and 00", "0 and zeros"},
		{"cannot stand in a name", "characters of the shell"},
		{"no host here", "names without a host"},
	} {
		if strings.Contains(err.Error(), d.problem) {
			return d.reason
		}
	}
	return ""
}

func TestExpandAgreesWithClusterShell(t *testing.T) {
	o := startOracle(t)
	w := writer{rand.New(rand.NewPCG(3, 20000))}
	outcomes := map[string]int{}
	samples := sampled(20000)
	for range samples {
		text := w.list()
		theirs := o.ask(map[string]any{"expand": text})
		ours, err := Expand(text)
		operands, _ := scan(text)
		switch {
		case slices.ContainsFunc(operands, func(o operand) bool { return o.blank }):
			outcomes["a blank joins here"]++
		case theirs.Error != "" && err != nil:
			outcomes["refused by both"]++
		case theirs.Error != "":
			t.Errorf("%q: nodeset refuses it (%s), here it is %.200q", text, theirs.Error, ours.Names())
		case err != nil:
			reason := deviation(err)
			if reason == "" {
				t.Errorf("%q: refused here, and nodeset says %.200q: %v", text, theirs.Names, err)
			}
			outcomes["refused here: "+reason]++
		default:
			outcomes["agreed"]++
			names := ours.Names()
			slices.Sort(names)
			slices.Sort(theirs.Names)
			if !slices.Equal(names, theirs.Names) {
				t.Errorf("%q is %.300q here, %.300q to nodeset", text, names, theirs.Names)
			}
		}
	}
	t.Log(outcomes)
	if outcomes["agreed"] < samples*3/4 {
		t.Errorf("only %d of %d expressions had a meaning to compare", outcomes["agreed"], samples)
	}
}

// scattered returns names of up to three dimensions of which a part is
// missing: what makes folding hard.
func (w writer) scattered() []string {
	var names []string
	dims := 1 + w.IntN(3)
	sizes := [...]int{1 + w.IntN(60), 1 + w.IntN(9), 1 + w.IntN(5)}
	density := []float64{0.1, 0.5, 0.9, 1}[w.IntN(4)]
	width := 1 + w.IntN(3)
	for a := range sizes[0] {
		for b := range sizes[1] {
			for c := range sizes[2] {
				name := fmt.Sprintf("n%0*d", width, a)
				if dims > 1 {
					name += fmt.Sprintf("x%d", b)
				}
				if dims > 2 {
					name += fmt.Sprintf("-%dy", c)
				}
				if w.Float64() < density {
					names = append(names, name)
				}
			}
		}
	}
	if len(names) == 0 {
		names = append(names, "n7")
	}
	if w.IntN(2) == 0 {
		w.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	}
	names = names[:min(len(names), 150)]
	slices.Sort(names)
	return slices.Compact(names)
}

func TestFoldIsAsShortAsClusterShells(t *testing.T) {
	o := startOracle(t)
	w := writer{rand.New(rand.NewPCG(7, 1))}
	sets := sampled(500)
	longer, ours, theirs := 0, 0, 0
	for range sets {
		names := w.scattered()
		if w.IntN(4) == 0 {
			if list, err := Expand(w.list()); err == nil && 0 < len(list) && len(list) < 300 {
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
			t.Errorf("%q stands for %q, and was made of %q", text, got, names)
		}
	}
	t.Logf("no longer than ClusterShell's: %.1f %% of %d sets; in all %d bytes, ClusterShell's %d", 100-100*float64(longer)/float64(sets), sets, ours, theirs)
	if longer*20 > sets {
		t.Errorf("%d of %d folded sets are longer than ClusterShell's; 5 %% may be", longer, sets)
	}
}
