package prompt

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

// testSession is a session without hosts, and what it prints.
func testSession() (*session, *bytes.Buffer) {
	var out bytes.Buffer
	return &session{screen: &screen{direct: &out}, results: &results{}}, &out
}

func TestIsColon(t *testing.T) {
	for text, want := range map[string]bool{":hosts": true, ":X": true, ":!vi": true, ":": false, ": x": false, ":1": false, "x": false, "": false, ":>f": false} {
		if got := isColon(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A wrong command of ours says what is wrong with it, and what would be right.
func TestColonRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"nothing":    "unknown command :nothing (see :help); to send this line to the hosts, put a space after the colon",
		"Q":          "unknown command :Q (see :help)",
		"hosts x":    `:hosts: unexpected argument "x"`,
		"q x":        `:q: unexpected argument "x"`,
		"only":       ":only: missing LIST",
		"on":         ":on: missing LIST command",
		"on a":       ":on: missing command",
		"add":        ":add: missing LIST",
		"save":       ":save: missing FILE",
		"put":        ":put: missing PATH [DEST]",
		"get":        ":get: missing PATH [DIR]",
		"timeout":    ":timeout: missing D",
		"timeout x":  "is not a duration (seconds, or 1.5s, 2m, 1h)",
		"timeout -1": "is not a duration (seconds, or 1.5s, 2m, 1h)",
		"!":          ":sh starts a shell",
		"!  ":        ":sh starts a shell",
		"sh":         "there is no terminal",
		"!vi":        "there is no terminal",
	} {
		s, _ := testSession()
		err := s.colon(line)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf(":%s: %v, want %q", line, err, want)
		}
	}
}

func TestColonTimeout(t *testing.T) {
	s, _ := testSession()
	for text, want := range map[string]time.Duration{"3": 3 * time.Second, "1.5s": 1500 * time.Millisecond, "2m": 2 * time.Minute, "0": 0, "0.5": time.Second / 2} {
		if err := s.colon("timeout " + text); err != nil || s.timeout != want {
			t.Errorf(":timeout %s: %v, %v", text, s.timeout, err)
		}
	}
}

// These leave, and nothing else does.
func TestColonLeaves(t *testing.T) {
	for _, line := range []string{"q", "quit", "exit", "q ", "help"} {
		s, _ := testSession()
		err := s.do(":" + line)
		leave := errors.Is(err, errLeave)
		if want := line != "help"; err != nil && !leave || leave != want {
			t.Errorf(":%s: leaves %v (%v), want %v", line, leave, err, want)
		}
	}
}

// Every command is in the table that :help shows.
func TestColonHelp(t *testing.T) {
	s, out := testSession()
	if err := s.colon("help"); err != nil {
		t.Fatal(err)
	}
	for _, c := range colonCommands() {
		if !regexp.MustCompile(`[\n ]:`+c.name+`[ ,]`).MatchString(out.String()) || !strings.Contains(out.String(), c.help) {
			t.Errorf(":%s is not in it:\n%s", c.name, out)
		}
	}
}
