// Package privilege has the options that say as whom a command runs, and where passwords come
// from: which of them go together, and the engine's settings that they ask for.
package privilege

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/mattn/go-shellwords"

	"clsh/runner/flags"
	"clsh/runner/remote"
)

// Options are those of privilege and passwords, with the tags that kong reads. Settle must be
// called before all other methods.
type Options struct {
	Sudo                   bool   `env:"-" group:"Privilege" help:"Run the command as root, through sudo."`
	As                     string `env:"-" group:"Privilege" placeholder:"NAME" help:"Run the command as NAME, through sudo."`
	BecomeBy               string `name:"become" env:"CLSH_BECOME" group:"Privilege" placeholder:"COMMAND" help:"Run COMMAND instead of sudo, such as 'doas -u %u --'."`
	AskSudo                bool   `short:"K" group:"Privilege" help:"Ask once for the password that sudo wants."`
	AskPass                bool   `short:"k" group:"Privilege" help:"Ask once for the password of the logins."`
	PasswordCommand        string `group:"Privilege" placeholder:"COMMAND" help:"Read the password from COMMAND instead of asking for it."`
	PasswordToUnknownHosts bool   `group:"Privilege" help:"Send the password to hosts whose key is new, too."`

	typed func(name string) bool
}

// Settle takes the origins of the options, and resets those that were not typed and have no meaning
// in this call: all of them where none holds, as nothing is run.
func (o *Options) Settle(origins flags.Origins, none bool) {
	o.typed = func(name string) bool {
		rank := origins[name].Rank
		return rank == flags.Typed || rank == flags.FromRecord
	}
	if !o.Active() && !o.typed("become") {
		o.BecomeBy = ""
	}
	if !o.Active() && !o.typed("ask-sudo") {
		o.AskSudo = false
	}
	if none && !o.typed("ask-pass") {
		o.AskPass = false
	}
	if !o.Asks() && !o.typed("password-command") {
		o.PasswordCommand = ""
	}
	if !o.Asks() && !o.typed("password-to-unknown-hosts") {
		o.PasswordToUnknownHosts = false
	}
}

// Active reports whether the command runs as another user than that of the login.
func (o *Options) Active() bool { return o.Sudo || o.As != "" }

// Name returns the name of the option that makes it Active.
func (o *Options) Name() string {
	if o.As != "" {
		return "as"
	}
	return "sudo"
}

// Any returns the name of an option that asks for something, or "".
func (o *Options) Any() string {
	switch {
	case o.Active():
		return o.Name()
	case o.AskPass:
		return "ask-pass"
	}
	return ""
}

// Asks reports whether a password is asked for.
func (o *Options) Asks() bool { return o.AskSudo || o.AskPass }

// KnownHosts reports whether hosts whose key is new are refused.
func (o *Options) KnownHosts() bool { return o.Asks() && !o.PasswordToUnknownHosts }

// Check refuses options without those that they belong to. noAgent reports that there is no agent.
func (o *Options) Check(noAgent bool) error {
	switch {
	case o.typed("as") && o.As == "":
		return errors.New("--as: no user given\nhint: the value may be a variable that is not set; --sudo is --as root")
	case noAgent && o.Active():
		return fmt.Errorf("--%s: cannot be combined with --no-agent\nhint: the agent is what sudo starts; without it, put sudo into the command", o.Name())
	case o.BecomeBy != "" && !o.Active():
		return errors.New("--become: needs --sudo or --as NAME\nhint: --sudo runs the command as root; --become COMMAND replaces sudo")
	case o.AskSudo && !o.Active():
		return errors.New("--ask-sudo: needs --sudo or --as NAME\nhint: -k asks for the password of the logins")
	case o.PasswordCommand != "" && !o.Asks():
		return errors.New("--password-command: needs --ask-sudo or --ask-pass\nhint: -K is for sudo's password, -k for that of the logins")
	case o.PasswordToUnknownHosts && !o.Asks():
		return errors.New("--password-to-unknown-hosts: needs --ask-sudo or --ask-pass\nhint: without a password a new key is accepted anyway")
	}
	_, err := o.Become()
	return err
}

// Become returns how the agent starts as the user that the options name.
func (o *Options) Become() (remote.Become, error) {
	if !o.Active() {
		return remote.Become{}, nil
	}
	user := cmp.Or(o.As, "root")
	if err := remote.CheckUser(user); err != nil {
		return remote.Become{}, fmt.Errorf("--as: %w", err)
	}
	if o.BecomeBy == "" {
		return remote.Sudo(user, o.AskSudo), nil
	}
	words, err := shellwords.Parse(o.BecomeBy)
	if err == nil && len(words) == 0 {
		err = errors.New("no program given")
	}
	if err != nil {
		return remote.Become{}, fmt.Errorf("--become: %w", err)
	}
	become, err := remote.BecomeBy(words, user)
	switch {
	case err != nil:
		return remote.Become{}, fmt.Errorf("--become: %w", err)
	case o.AskSudo && !become.Asks():
		return remote.Become{}, fmt.Errorf("--ask-sudo: --become %s has no place for a prompt\nhint: %%p is its place: --become 'sudo -S -p %%p -u %%u --'", o.BecomeBy)
	case !o.AskSudo && become.Asks():
		return remote.Become{}, errors.New("--become: needs --ask-sudo where COMMAND has %p\nhint: -K asks for the password")
	}
	return become, nil
}
