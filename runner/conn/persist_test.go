package conn

import (
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"clsh/hosts"
	"clsh/runner/remote"
)

// An inventory may give one name to another machine: their connections are not shared.
func TestShareWithInventory(t *testing.T) {
	o := Options{Reuse: Reuse{Persist: time.Minute, SocketDir: "/run/clsh"}}
	sockets := map[string]bool{}
	for _, settings := range []*hosts.Settings{nil, {HostName: "192.0.2.1"}, {HostName: "192.0.2.2"}, {Port: "23"}, {User: "ops"}, {IdentityFile: "k"}} {
		ssh := remote.SSH{Program: []string{"ssh"}}
		o.share(&ssh, hosts.Host{Name: "a", Addr: "a", Settings: settings})
		sockets[ssh.ControlPath] = true
	}
	if len(sockets) != 6 {
		t.Errorf("six ways to reach a host have %d sockets", len(sockets))
	}
}

// What a copy prefers does not keep it from the connection of a command; what was typed does.
func TestShareWithCopies(t *testing.T) {
	socket := func(ciphers string, options ...string) string {
		o := Options{Reuse: Reuse{Persist: time.Minute, SocketDir: "/run/clsh"}, Defaults: remote.Defaults{Ciphers: ciphers}}
		ssh := remote.SSH{Program: []string{"ssh"}, Options: options}
		o.share(&ssh, hosts.Host{Name: "a", Addr: "a"})
		return ssh.ControlPath
	}
	if socket("") != socket("^aes128-gcm@openssh.com") {
		t.Error("a copy has a connection of its own")
	}
	if socket("") == socket("", "Ciphers=aes256-ctr") {
		t.Error("-o Ciphers shares the connection of others")
	}
}

// A master is there when it greets, not when its socket still takes clients in, as
// that of one that is ending may.
func TestMasterGone(t *testing.T) {
	for greeting, gone := range map[string]bool{"": true, "\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x04": false} {
		socket := filepath.Join(t.TempDir(), "s")
		ln, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			conn, err := ln.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write([]byte(greeting))
			_ = conn.Close()
		})
		if got := masterGone(socket); got != gone {
			t.Errorf("greeted by %q: gone: %t", greeting, got)
		}
		wg.Wait()
		_ = ln.Close()
		if !masterGone(socket) {
			t.Error("a socket that nobody listens at counts as a master")
		}
	}
	if masterGone("") {
		t.Error("a connection that is not shared is gone")
	}
}
