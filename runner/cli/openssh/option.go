package openssh

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"clsh/runner/cli/habits"
)

// optionsLimit is how long ssh may take to read the options.
const optionsLimit = 5 * time.Second

// CheckOptions refuses what ssh does not know as an option (-o). No configuration is
// read for that: it could run programs (Match exec).
func CheckOptions(program, environ, options []string) error {
	if len(options) == 0 || filepath.Base(program[0]) != "ssh" {
		return nil
	}
	said, err := askOptions(program, environ, options)
	if err == nil {
		return nil
	}
	option := strings.Join(options, " -o ")
	for _, o := range options {
		if words, err := askOptions(program, environ, []string{o}); err != nil {
			option, said = o, words
			break
		}
	}
	return fmt.Errorf("-o %s: %s\nhint: %s", option, said, habits.OptionHint(option))
}

// commandLine matches what ssh says of where a wrong option is.
var commandLine = regexp.MustCompile(`^command-line:?( line [0-9]+)?: (line [0-9]+: )?`)

// askOptions asks ssh whether it takes the options, and returns what it said.
func askOptions(program, environ, options []string) (said string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), optionsLimit)
	defer cancel()
	args := append(slices.Clone(program), "-F", "none", "-G", "-o", "CanonicalizeHostname=no") // no name is looked up
	for _, o := range options {
		args = append(args, "-o", o)
	}
	cmd := exec.CommandContext(ctx, args[0], append(args[1:], "host.invalid")...)
	cmd.Env = environ
	var words bytes.Buffer
	cmd.Stderr = &words
	if err = cmd.Run(); err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(words.String()), "\n")
		said = cmp.Or(commandLine.ReplaceAllString(strings.TrimSpace(line), ""), err.Error())
	}
	return said, err
}
