package conn

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"

	"clsh/hosts"
	"clsh/runner/mux"
	"clsh/runner/remote"
)

// Connections that are kept (--persist): the first ssh of a host becomes the
// client of a master that it leaves behind, and the next call asks that for a
// session, itself (mux.go) or by an ssh that is a client only. Each name has a
// master of its own, also where names share an
// address: one connection has few sessions (sshd_config(5), MaxSessions).
//
// The master has left our sessions and groups (daemon(3)), but its ProxyCommand
// has not. So once a host has answered, only the leader of its ssh's group is
// ours to end.
//
// Keep-alives are the master's, so a connection that is silent ends with it, and
// clients say nothing then: whether the socket is still there tells that from a
// remote shell that was killed.

// socketName is how long a socket's name is, in bytes. While it is made ssh adds
// 17 more (mux.c, muxserver_listen).
const socketName = 20

// MaxSocketDir is how long the path of Options.SocketDir may be: the address of a
// socket holds 104 bytes at least, with a NUL at the end (unix(4)).
const MaxSocketDir = 104 - 1 - len("/") - socketName - 17

// share makes ssh, which is complete but for the files of this run, share its
// connection to host. What shapes the connection is in the socket's name.
func (o *Options) share(ssh *remote.SSH, host hosts.Host) {
	if o.Persist <= 0 {
		return
	}
	connection := *ssh
	connection.TTY = false // a session's
	defaults := o.Defaults
	defaults.Reasons = false // a session's, too
	defaults.Ciphers = ""    // copies share it with commands
	shape := append(connection.Args(host, ""), host.Name, o.Persist.String(), defaults.Config(hosts.List{host}))
	sum := sha256.Sum256([]byte(strings.Join(shape, "\x00")))
	ssh.ControlPath = filepath.Join(o.SocketDir, hex.EncodeToString(sum[:])[:socketName])
	ssh.Persist = o.Persist
}

// masterGone reports that a connection was shared and is no more. One that is ending
// may leave its clients before its socket, and take one more in: it does not greet
// it (PROTOCOL.mux). One that is stopped is there.
func masterGone(socket string) bool {
	if socket == "" {
		return false
	}
	err := mux.Look(socket)
	return err != nil && !errors.Is(err, mux.ErrUnusable)
}

// goneReason is the reason of a loss that ssh says nothing of.
const goneReason = "the connection that was kept has ended"
