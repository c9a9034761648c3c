package sshtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Kill ends the servers that serve name at this moment, so that its
// connections break; the processes that they started stay.
func (s *Site) Kill(name string) {
	s.t.Helper()
	signalAll(s.Sessions(name), syscall.SIGKILL)
}

// Freeze stops the servers that serve name at this moment, so that its
// connections stand and nothing answers any more. The returned function, and
// the end of the Site, let them go on.
func (s *Site) Freeze(name string) (thaw func()) {
	s.t.Helper()
	list := s.Sessions(name)
	s.mu.Lock()
	s.frozen = append(s.frozen, list...)
	s.mu.Unlock()
	signalAll(list, syscall.SIGSTOP)
	return func() { signalAll(list, syscall.SIGCONT) }
}

// Sessions returns the server processes that serve name at this moment. It
// fails the test when there is none: a test that kills nothing shows nothing.
func (s *Site) Sessions(name string) []Process {
	s.t.Helper()
	all, err := processes()
	s.must("list processes", err)
	list := s.sessions(all, name)
	if len(list) == 0 {
		s.t.Fatalf("no session of %s is open", name)
	}
	return list
}

// sessions picks the servers of one host, or of all for "".
func (s *Site) sessions(all []Process, name string) []Process {
	noted := map[int]string{} // by number, when the process has started
	entries, err := os.ReadDir(filepath.Join(s.Dir, "sessions"))
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		words := strings.Split(entry.Name(), ".") // a name may have dots, too
		if len(words) < 3 || name != "" && strings.Join(words[:len(words)-2], ".") != name {
			continue
		}
		if pid, err := strconv.Atoi(words[len(words)-2]); err == nil {
			noted[pid] = words[len(words)-1]
		}
	}
	daemons, roots := map[int]bool{}, map[int]bool{}
	s.mu.Lock()
	for _, d := range s.daemons {
		daemons[d.pid] = name == "" || d.name == name
	}
	s.mu.Unlock()
	for _, p := range all {
		start, ok := noted[p.PID]
		if ok && (start == p.start || start == "0") || daemons[p.Parent] {
			roots[p.PID] = true
		}
	}
	// The servers' own descendants are the users' processes.
	return slices.DeleteFunc(descendants(all, roots), func(p Process) bool { return !strings.HasPrefix(p.Name, "sshd") })
}

// WaitGone waits until nothing is left of what was started on either side,
// and nothing that holds one of the marks.
func (s *Site) WaitGone(marks ...string) {
	s.t.Helper()
	WaitGone(s.t, append(marks, s.Mark)...)
}

// WaitDisconnected waits until no connection to any host is left; what the
// hosts' commands left running does not count.
func (s *Site) WaitDisconnected() {
	s.t.Helper()
	WaitFor(s.t, "every connection ended", func() bool {
		all, err := processes()
		s.must("list processes", err)
		return len(s.sessions(all, "")) == 0
	})
}

// FakeSSH is the function of this name, for callers that have a Site only.
func (s *Site) FakeSSH(body string) string {
	s.t.Helper()
	return FakeSSH(s.t, body)
}

// NeedTerminals is Need for servers that can give a terminal. One that does
// not run as root cannot where /dev/pts does not belong to the group tty
// already (sshd insists on that), as in some containers.
func (s *Site) NeedTerminals() {
	s.t.Helper()
	cmd := exec.Command("ssh", "-F", s.Config(), "-o", "BatchMode=yes", "-tt", "terminal", "tty")
	cmd.Env = s.Env()
	out, err := cmd.CombinedOutput()
	missing(s.t, err == nil, "this sshd gives no terminals: %s", out)
}
