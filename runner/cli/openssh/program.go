package openssh

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/mattn/go-shellwords"

	"clsh/runner/remote"
)

// Program splits --ssh as a shell splits words, and finds the program.
func Program(command string) ([]string, error) {
	parser := shellwords.NewParser()
	words, err := parser.Parse(command)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--ssh %q: %w", command, err)
	case parser.Position >= 0:
		return nil, fmt.Errorf("--ssh %q: shell operators are not supported\nhint: put them into a script", command)
	case len(words) == 0:
		return nil, errors.New("--ssh: no program given")
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, fmt.Errorf("--ssh %q: program not found\nhint: install OpenSSH's client (openssh-client, openssh-clients)", words[0])
	}
	words[0] = path
	return words, nil
}

// versionLimit is for a program in place of ssh that does not know -V.
const versionLimit = 5 * time.Second

// Version asks ssh which one it is; what does not answer as OpenSSH does
// counts as a current one.
func Version(program, environ []string) remote.Version {
	ctx, cancel := context.WithTimeout(context.Background(), versionLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program[0], append(program[1:len(program):len(program)], "-V")...)
	cmd.Env = environ
	text, _ := cmd.CombinedOutput()
	return remote.ParseVersion(string(text))
}
