package privilege

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"clsh/runner/keyboard"
	"clsh/runner/password"
	"clsh/runner/proc"
)

// maxPassword is the longest password, in bytes, that sudo and ssh read (SUDO_CONV_REPL_MAX;
// readpass.c, ssh_askpass).
const maxPassword = 1023

// A World is what the questions have of the world outside.
type World struct {
	Stdin   *os.File // a terminal, perhaps, where there is no /dev/tty
	Stderr  io.Writer
	Environ []string
	Signals <-chan os.Signal
}

// Interrupted reports that a signal came instead of a password.
type Interrupted struct{ Signal syscall.Signal }

func (e *Interrupted) Error() string { return e.Signal.String() }

// Passwords gets the passwords that the options ask for, once for all hosts. A gate is nil where its
// password is not asked for. An error may be *Interrupted.
func (o *Options) Passwords(w World) (login, become *password.Gate, err error) {
	if !o.Asks() {
		return nil, nil, nil
	}
	// Before the first of them is in memory.
	if err := proc.ForbidCore(); err != nil {
		return nil, nil, fmt.Errorf("keep passwords out of a core dump: %w", err)
	}
	if o.PasswordCommand != "" {
		word, err := w.run(o.PasswordCommand)
		if err != nil {
			return nil, nil, err
		}
		login, become = o.gates(word, word, func(string) again { return nil })
		return login, become, nil
	}
	var loginWord, becomeWord []byte
	if o.AskPass {
		if loginWord, err = w.ask("ask-pass", "ssh password: "); err != nil {
			return nil, nil, err
		}
	}
	if o.AskSudo {
		prompt := "sudo password: "
		if o.AskPass {
			prompt = "sudo password (Return: the same): "
		}
		if becomeWord, err = w.ask("ask-sudo", prompt); err != nil {
			return nil, nil, err
		}
		if len(becomeWord) == 0 && o.AskPass {
			becomeWord = loginWord
		}
	}
	login, become = o.gates(loginWord, becomeWord, w.again)
	return login, become, nil
}

// again asks for another word during the run (password.New).
type again = func(refusals int, cancel <-chan struct{}) (word []byte, ok bool)

// gates returns a gate for each password that is asked for.
func (o *Options) gates(loginWord, becomeWord []byte, again func(whose string) again) (login, become *password.Gate) {
	if o.AskPass {
		login = password.New(loginWord, again("ssh"))
	}
	if o.AskSudo {
		become = password.New(becomeWord, again("sudo"))
	}
	return login, become
}

// again asks for another password while the run waits. ^C is the signal that it would be
// elsewhere.
func (w World) again(whose string) again {
	return func(refusals int, cancel <-chan struct{}) ([]byte, bool) {
		tty, closeTTY, err := keyboard.Open(w.Stdin)
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
func (w World) ask(option, prompt string) ([]byte, error) {
	tty, closeTTY, err := keyboard.Open(w.Stdin)
	if err != nil {
		return nil, fmt.Errorf("--%s: there is no terminal to ask on\nhint: --password-command COMMAND reads the password from COMMAND", option)
	}
	word, err := w.untilSignal(func(ctx context.Context) ([]byte, error) {
		return keyboard.ReadPassword(tty, prompt, ctx.Done())
	})
	if errors.Is(err, keyboard.ErrInterrupted) {
		err = &Interrupted{syscall.SIGINT}
	}
	if err = errors.Join(err, closeTTY()); err != nil {
		return nil, fmt.Errorf("--%s: %w", option, err)
	}
	return word, check(word)
}

// commandEnd is how long what --password-command has started may hold its output.
const commandEnd = time.Second

// run returns the first line that a command prints.
func (w World) run(command string) ([]byte, error) {
	text, err := w.untilSignal(func(ctx context.Context) ([]byte, error) {
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
		cmd.Env, cmd.Stderr, cmd.WaitDelay = w.Environ, w.Stderr, commandEnd
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

// untilSignal calls get, whose context ends at a signal.
func (w World) untilSignal(get func(context.Context) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	type answer struct {
		word []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		word, err := get(ctx)
		done <- answer{word, err}
	}()
	var stopped syscall.Signal
	for {
		select {
		case a := <-done:
			if stopped != 0 {
				return nil, &Interrupted{stopped}
			}
			return a.word, a.err
		case sig := <-w.Signals:
			if number, ok := sig.(syscall.Signal); ok && number != syscall.SIGUSR1 {
				stopped = number
				cancel()
			}
		}
	}
}

// check refuses what cannot be handed on.
func check(word []byte) error {
	if len(word) > maxPassword {
		return fmt.Errorf("password: %d bytes are more than sudo and ssh take (%d)", len(word), maxPassword)
	}
	return nil
}
