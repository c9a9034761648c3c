package sshtest

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Daemon makes name a host with a listening sshd of its own, with the
// Site's configuration and, over that, the given words for sshd's command
// line ("-o", "MaxStartups=2"). It is ended with the Site.
func (s *Site) Daemon(name string, args ...string) *Daemon {
	s.t.Helper()
	const tries = 5 // somebody else may take the port that was free
	var last error
	for range tries {
		port := FreePort(s.t)
		d, err := s.listen(name, port, args)
		if err == nil {
			s.mu.Lock()
			s.daemons = append(s.daemons, d)
			s.mu.Unlock()
			s.at(name, port)
			return d
		}
		last = err
	}
	s.t.Fatalf("start sshd for %s: %v", name, last)
	return nil
}

// FreePort returns a port that nobody listens on at this moment; sshd can
// neither choose one itself nor take over a socket.
func FreePort(t testing.TB) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// listen starts sshd under a shell that ends it when its standard input
// ends, so that none survives a test binary that was killed.
func (s *Site) listen(name string, port int, args []string) (*Daemon, error) {
	const guard = `exec 3<&0; "$@" <&- 3<&- & echo $!; read -r _ <&3; kill -KILL $!; wait`
	words := append([]string{
		"-c", guard, "sh", s.sshd, "-D", "-f", filepath.Join(s.Dir, "sshd_config"), "-E", s.log(),
		"-o", "ListenAddress=127.0.0.1", "-o", "Port=" + strconv.Itoa(port),
	}, args...)
	if !strings.Contains(strings.Join(args, " "), "MaxStartups") { // given twice, one or the other counts
		words = append(words, "-o", "MaxStartups=1000")
	}
	cmd := exec.Command("sh", words...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	end := func() {
		_ = stdin.Close()
		_ = cmd.Wait() // the shell's status says nothing
	}
	d := &Daemon{Port: port, name: name}
	if _, err = fmt.Fscan(stdout, &d.pid); err == nil {
		err = d.waitListening()
	}
	if err != nil {
		end()
		return nil, err
	}
	s.atEnd(end)
	return d, nil
}

// waitListening returns when the daemon has shown its banner.
func (d *Daemon) waitListening() error {
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(d.Port))
	limit := time.NewTimer(Limit)
	defer limit.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := Banner(addr)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-limit.C:
			return err
		}
	}
}

// Banner returns nil where an ssh server greets at addr.
func Banner(addr string) error {
	// Not longer: a packet that was lost is sent again only later and later.
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	head := make([]byte, len("SSH-"))
	if _, err := io.ReadFull(conn, head); err != nil {
		return err
	}
	if string(head) != "SSH-" {
		return fmt.Errorf("%s is no ssh server", addr)
	}
	return nil
}
