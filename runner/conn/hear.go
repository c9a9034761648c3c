package conn

import (
	"clsh/runner/admission"
	"clsh/runner/conn/passwords"
	"clsh/runner/remote"
)

// Steps delivers what happens with passwords.
func (c *Conn) Steps() <-chan passwords.Step { return c.passwords.Steps() }

// WordSent reports whether the host was given a password: it is not tried again.
func (c *Conn) WordSent() bool { return c.passwords.Sent() }

// hearPassword acts on a mark. Whoever asks for the second password, and the agent, come after what
// has accepted the first.
func (c *Conn) hearPassword(kind remote.MarkKind) {
	switch kind {
	case remote.Ready:
		c.passwords.Became()
	case remote.Password:
		c.slot.Done(admission.Succeeded)
		c.passwords.LoggedIn()
		if gate := c.options.BecomePassword; gate != nil { // else the host makes that up
			c.passwords.Asked(c.options.Become.Name(), gate, func(word []byte) {
				c.Stdin.Request(remote.PasswordLine(word, c.options.TTY))
			})
		}
	}
}
