package conn

import (
	"clsh/runner/password"
	"clsh/runner/remote"
)

// Privilege is as whom commands run, and the passwords for it.
type Privilege struct {
	Become remote.Become
	// BecomePassword is given to the program of Become, LoginPassword to ssh; nil: there is none.
	BecomePassword, LoginPassword *password.Gate
	// Executable is this program, for ssh to ask (package askpass).
	Executable string
}
