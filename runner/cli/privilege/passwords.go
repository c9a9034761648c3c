package privilege

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/keyboard"
	"clsh/runner/password"
	"clsh/runner/proc"
)

// maxPassword is the longest password, in bytes, that sudo and ssh read (SUDO_CONV_REPL_MAX;
// readpass.c, ssh_askpass).
const maxPassword = 1023

// Passwords gets the passwords that the options ask for, once for all hosts. A gate is nil where its
// password is not asked for. An error may be *usage.Interrupted.
func (o *Options) Passwords(sys *system.System) (login, become *password.Gate, err error) {
	if !o.Asks() {
		return nil, nil, nil
	}
	// Before the first of them is in memory.
	if err := proc.ForbidCore(); err != nil {
		return nil, nil, fmt.Errorf("keep passwords out of a core dump: %w", err)
	}
	loginWord, becomeWord, err := o.words(sys)
	if err != nil {
		return nil, nil, err
	}
	if o.AskPass {
		login = password.New(loginWord, o.again(sys, "ssh"))
	}
	if o.AskSudo {
		become = password.New(becomeWord, o.again(sys, "sudo"))
	}
	return login, become, nil
}

// words gets the passwords themselves.
func (o *Options) words(sys *system.System) (login, become []byte, err error) {
	if o.PasswordCommand != "" {
		word, err := run(sys, o.PasswordCommand)
		return word, word, err
	}
	prompt := "sudo password: "
	if o.AskPass {
		prompt = "sudo password (Return: the same): "
		if login, err = ask(sys, "ask-pass", "ssh password: "); err != nil {
			return nil, nil, err
		}
	}
	if o.AskSudo {
		become, err = ask(sys, "ask-sudo", prompt)
		if len(become) == 0 {
			become = login
		}
	}
	return login, become, err
}

// again returns what asks for another password while the run waits (password.New); nil: nothing does. ^C
// is the signal that it would be elsewhere.
func (o *Options) again(sys *system.System, whose string) func(refusals int, cancel <-chan struct{}) (word []byte, ok bool) {
	if o.PasswordCommand != "" {
		return nil
	}
	return func(refusals int, cancel <-chan struct{}) ([]byte, bool) {
		tty, closeTTY, err := keyboard.Open(sys.Stdin)
		if err != nil {
			return nil, false
		}
		// The status line may be drawn below it.
		prompt := fmt.Sprintf("clsh: the %s password was refused (%d of %d); type it again, or ^D:\n", whose, refusals, password.MaxRefusals)
		word, err := keyboard.ReadPassword(tty, prompt, cancel)
		if errors.Is(err, keyboard.ErrInterrupted) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGINT)
		}
		err = errors.Join(err, closeTTY())
		return word, err == nil && len(word) <= maxPassword
	}
}

// ask asks, before the run, for the password of an option.
func ask(sys *system.System, option, prompt string) ([]byte, error) {
	tty, closeTTY, err := keyboard.Open(sys.Stdin)
	if err != nil {
		return nil, fmt.Errorf("--%s: there is no terminal to ask on\nhint: --password-command COMMAND reads the password from COMMAND", option)
	}
	word, err := untilSignal(sys, func(ctx context.Context) ([]byte, error) {
		return keyboard.ReadPassword(tty, prompt, ctx.Done())
	})
	if errors.Is(err, keyboard.ErrInterrupted) {
		err = &usage.Interrupted{Signal: syscall.SIGINT}
	}
	if err = errors.Join(err, closeTTY()); err != nil {
		return nil, fmt.Errorf("--%s: %w", option, err)
	}
	return word, check(word)
}

// commandEnd is how long what --password-command has started may hold its output.
const commandEnd = time.Second

// run returns the first line that a command prints.
func run(sys *system.System, command string) ([]byte, error) {
	text, err := untilSignal(sys, func(ctx context.Context) ([]byte, error) {
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
		cmd.Env, cmd.Stderr, cmd.WaitDelay = sys.Environ, sys.Stderr, commandEnd
		return cmd.Output()
	})
	word, _, _ := bytes.Cut(text, []byte("\n"))
	switch {
	case err != nil:
		return nil, fmt.Errorf("--password-command: %w", err)
	case len(word) == 0:
		return nil, errors.New("--password-command: printed no password\nhint: its first line is taken")
	}
	return word, check(word)
}

// untilSignal calls get, whose context ends at a signal, and waits for it.
func untilSignal(sys *system.System, get func(context.Context) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var stopped error
	text, err := system.Serve(sys, func() ([]byte, error) { return get(ctx) }, func(sig syscall.Signal, _ func(error)) {
		if sig != syscall.SIGUSR1 {
			stopped = &usage.Interrupted{Signal: sig}
			cancel()
		}
	})
	if stopped != nil {
		return nil, stopped
	}
	return text, err
}

// check refuses what cannot be handed on.
func check(word []byte) error {
	if len(word) > maxPassword {
		return fmt.Errorf("password: %d bytes are more than sudo and ssh take (%d)", len(word), maxPassword)
	}
	return nil
}
