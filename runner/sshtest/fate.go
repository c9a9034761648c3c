package sshtest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// Silent makes name a host whose port accepts connections and says nothing.
func (s *Site) Silent(name string) {
	s.t.Helper()
	var held []net.Conn
	s.atEnd(func() {
		for _, conn := range held {
			_ = conn.Close()
		}
	})
	s.accepts(name, func(conn net.Conn) { held = append(held, conn) })
}

// accepts makes name a host whose connections go to take, one after the other. The last one has been
// taken before what was registered with atEnd earlier runs.
func (s *Site) accepts(name string, take func(conn net.Conn)) {
	s.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	s.must("listen", err)
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			take(conn)
		}
	})
	s.atEnd(func() { _ = ln.Close(); accepting.Wait() })
	s.at(name, ln.Addr().(*net.TCPAddr).Port)
}

// Refused makes name a host whose port refuses connections. The port is
// held by a socket that does not listen, so nobody else can take it.
func (s *Site) Refused(name string) {
	s.t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	s.must("socket", err)
	syscall.CloseOnExec(fd)
	s.atEnd(func() { _ = syscall.Close(fd) })
	s.must("bind", syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	addr, err := syscall.Getsockname(fd)
	s.must("getsockname", err)
	s.at(name, addr.(*syscall.SockaddrInet4).Port)
}

// Denied makes name a host that knows nobody's key.
func (s *Site) Denied(name string) {
	s.t.Helper()
	s.Host(name, "ProxyCommand sh "+filepath.Join(s.Dir, "proxy")+" '%n' -o AuthorizedKeysFile=none")
}

// Hangs makes name a host where the login succeeds and then nothing more
// happens, until the connection ends.
func (s *Site) Hangs(name string) {
	s.t.Helper()
	s.Host(name, "ProxyCommand sh "+filepath.Join(s.Dir, "proxy")+" '%n' -o 'ForceCommand=exec sh -c \"while [ $PPID -gt 1 ] && kill -0 $PPID; do sleep 1; done\"'")
}

// Slow makes name a host where the login goes on only when the returned
// function, which may be called once, has been.
func (s *Site) Slow(name string) (open func()) {
	s.t.Helper()
	gate := filepath.Join(s.Dir, "gate-"+name)
	s.must("make a gate", syscall.Mkfifo(gate, 0o600))
	s.Host(name, "ProxyCommand sh -c 'read -r line <"+gate+"; exec sh "+filepath.Join(s.Dir, "proxy")+" %n'")
	return func() {
		s.t.Helper()
		s.must("open the gate", os.WriteFile(gate, []byte("\n"), 0o600))
	}
}

// ChangedKey makes the given names hosts that used to have another key.
func (s *Site) ChangedKey(names ...string) {
	s.t.Helper()
	if _, err := os.Stat(filepath.Join(s.Dir, "other_key")); err != nil {
		s.keygen("other_key")
	}
	s.knownHosts(names...)
}

// UnknownKeys makes ssh forget every host key.
func (s *Site) UnknownKeys() {
	s.t.Helper()
	s.must("empty known_hosts", os.WriteFile(s.KnownHosts(), nil, 0o600))
}

// TurnsAway makes name a host that closes the first n connections before a
// word is said, as sshd does behind MaxStartups, and serves all others.
func (s *Site) TurnsAway(name string, n int) {
	s.t.Helper()
	var serving sync.WaitGroup
	s.atEnd(serving.Wait)
	s.accepts(name, func(conn net.Conn) {
		if n > 0 {
			n--
			_ = conn.Close()
			return
		}
		serving.Go(func() { s.serve(name, conn.(*net.TCPConn)) })
	})
}

// serve lets an sshd of its own serve the connection, and waits for its end.
func (s *Site) serve(name string, conn *net.TCPConn) {
	file, err := conn.File()
	_ = conn.Close()
	if err != nil {
		s.t.Errorf("hand over a connection: %v", err)
		return
	}
	cmd := exec.Command("sh", filepath.Join(s.Dir, "proxy"), name)
	cmd.Stdin, cmd.Stdout = file, file
	err = cmd.Start()
	_ = file.Close()
	if err != nil {
		s.t.Errorf("serve %s: %v", name, err)
		return
	}
	_ = cmd.Wait() // 255 whenever the client goes first
}
