package interactive

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// pasted returns text as a terminal with and without bracketed paste sends it.
func pasted(text string, bracketed bool) string {
	if bracketed {
		return "\x1b[200~" + text + "\x1b[201~"
	}
	return text
}

// pastes pastes a command that is about so many bytes long, and runs it; it returns
// how long that took.
func pastes(p *clshtest.Typist, unit string, size int, bracketed bool) time.Duration {
	p.T.Helper()
	text := strings.Repeat(unit, size/len(unit))
	start := time.Now()
	p.Types(pasted("printf %s '"+text+"' | wc -c", bracketed) + "\r")
	p.Sees(fmt.Sprintf(`^a: *%d\r?$`, len(text)), 1)
	p.Finished()
	return time.Since(start)
}

// A paste of any size that a command may have runs byte for byte, and does not cost
// the square of its length.
func TestInteractivePaste(t *testing.T) {
	t.Parallel()
	for name, bracketed := range map[string]bool{"bracketed": true, "plain": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := clshtest.Interactive(t, sshtest.New(t), "-h", "a")
			took := pastes(p, "x", 5_000, bracketed)
			pastes(p, "한é", 20_005, bracketed)
			if long := pastes(p, "x", 50_000, bracketed); long > 50*max(took, 200*time.Millisecond) {
				t.Errorf("5,000 characters took %s, 50,000 took %s", took, long)
			}
			pastes(p, "x", 120_000, bracketed)
			// More than a command may hold is refused, and its beginning does not run.
			p.Types(pasted("echo never #"+strings.Repeat("x", 200_000), bracketed))
			p.Sees(`a line of [0-9]+ bytes: at most 130048 bytes fit into a command`, 1)
			p.Types("\r")
			p.Does("echo after")
			p.Sees(`^a: after\r?$`, 1)
			p.Leaves(0)
			if strings.Contains(p.Out.String(), "a: never") {
				t.Error("a part of a paste has run")
			}
		})
	}
}

// A paste of many lines is one command where the terminal marks it, and else as many.
func TestInteractivePasteOfLines(t *testing.T) {
	t.Parallel()
	p := clshtest.Interactive(t, sshtest.New(t), "-h", "a")
	p.Types(pasted("n=0\n"+strings.Repeat("n=$((n+1))\n", 1000)+"echo counted $n\n", true))
	p.Sees(`echo counted \$n`, 1)
	p.Does("")
	p.Sees(`^a: counted 1000\r?$`, 1)
	p.Types(strings.Repeat(":timeout 7\r", 1000) + "echo last\r")
	p.Sees(`^a: last\r?$`, 1)
	p.Leaves(0)
}

// A paste that comes while a command runs waits for the prompt; one in a search ends it.
func TestInteractivePasteElsewhere(t *testing.T) {
	t.Parallel()
	p := clshtest.Interactive(t, sshtest.New(t), "-h", "a")
	long := strings.Repeat("x", 100)
	p.Types("echo running\r" + pasted("echo bracketed "+long, true) + "\recho plain " + long + "\r")
	p.Sees(`^a: bracketed x{100}\r?$`, 1)
	p.Sees(`^a: plain x{100}\r?$`, 1)
	p.Types("\x12runn")
	p.Sees(`bck-i-search: runn`, 1)
	p.Types(pasted("echo instead", true) + "\r")
	p.Sees(`^a: instead\r?$`, 1)
	// Into the middle of a line; ^_ takes it back.
	p.Types("echo before  after\x1bb\x1b[D" + pasted("between", true) + "\r")
	p.Sees(`^a: before between after\r?$`, 1)
	p.Types("echo kept " + pasted("dropped", true))
	p.Sees(`echo kept dropped`, 1)
	p.Types("\x1f\r")
	p.Sees(`^a: kept\r?$`, 1)
	p.Leaves(0)
}

// While a paste comes in that never ends, every signal ends clsh, and so does the
// end of the terminal.
func TestInteractivePasteSignals(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(p *clshtest.Typist){
		"TERM": func(p *clshtest.Typist) { p.Signal(syscall.SIGTERM) },
		"HUP":  func(p *clshtest.Typist) { p.Signal(syscall.SIGHUP) },
		"TERM TERM": func(p *clshtest.Typist) {
			p.Signal(syscall.SIGTERM)
			p.Signal(syscall.SIGTERM)
		},
		"hang-up": func(p *clshtest.Typist) {
			_ = p.Terminal.Close()
			p.Signal(syscall.SIGUSR1) // its answer ends the read that holds the terminal
		},
	} {
		for kind, bracketed := range map[string]bool{"bracketed": true, "plain": false} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				p := clshtest.Interactive(t, sshtest.New(t), "-h", "a")
				p.Types("echo never; " + pasted(strings.Repeat("x", 100_000), bracketed)[:90_000])
				end(p)
				if code := p.Wait(); code == 0 && name != "hang-up" {
					t.Errorf("exit status %d", code)
				}
				if strings.Contains(p.Out.String(), "a: never") {
					t.Error("a line that nobody ended has run")
				}
			})
		}
	}
}
