package remote

import (
	"strings"
	"testing"
	"time"

	"clsh/hosts"
)

func TestArgs(t *testing.T) {
	current := SSH{Program: []string{"ssh"}, LostAfter: 5 * time.Second}
	conditions := "-o BatchMode=yes -o PermitLocalCommand=no -o ClearAllForwardings=yes -o EscapeChar=none" +
		" -o RemoteCommand=none -o SessionType=default -o ForkAfterAuthentication=no -o StdinNull=no" +
		" -o ServerAliveInterval=1 -o ServerAliveCountMax=4"
	for _, c := range []struct {
		name    string
		change  func(*SSH)
		host    hosts.Host
		command string
		want    string
	}{
		{"plain", func(*SSH) {}, hosts.Host{Addr: "n1"}, "uname", "ssh -T " + conditions + " -- n1 uname"},
		{"query", func(*SSH) {}, hosts.Host{Addr: "n1"}, "", "ssh -T " + conditions + " -- n1"},
		{
			"user options come first", func(s *SSH) {
				s.Program, s.ConfigFile, s.LogFile, s.User, s.Identity = []string{"ssh", "-v"}, "/c", "/l", "root", "/k"
				s.Options, s.ConnectTimeout = []string{"BatchMode=no"}, 1500*time.Millisecond
			},
			hosts.Host{Addr: "n1"}, "x",
			"ssh -v -T -E /l -F /c -o BatchMode=no -i /k -l root " + strings.Replace(conditions, " -o ServerAliveInterval", " -o LogVerbose="+logVerbose+" -o ConnectTimeout=2 -o ServerAliveInterval", 1) + " -- n1 x",
		},
		{"a name's user and port", func(s *SSH) { s.User = "root" }, hosts.Host{Name: "me@[fe80::1%eth0]:2222", User: "me", Addr: "fe80::1%eth0", Port: "2222"}, "x", "ssh -T -l me -p 2222 " + conditions + " -- fe80::1%eth0 x"},
		{"a port", func(s *SSH) { s.Port = "2200" }, hosts.Host{Addr: "n1"}, "x", "ssh -T -p 2200 " + conditions + " -- n1 x"},
		{"a port, and a name's", func(s *SSH) { s.Port = "2200" }, hosts.Host{Addr: "n1", Port: "22"}, "x", "ssh -T -p 22 " + conditions + " -- n1 x"},
		{
			"an inventory's settings", func(s *SSH) { s.Identity = "/k" },
			hosts.Host{Addr: "n1", Settings: &hosts.Settings{HostName: "fe80::1%eth0", User: "ops", Port: "23", IdentityFile: "~/.ssh/n1"}}, "x",
			"ssh -T -i /k -i ~/.ssh/n1 -l ops -p 23 -o HostName=fe80::1%%eth0 " + conditions + " -- n1 x",
		},
		{
			"the name and the options over an inventory", func(s *SSH) { s.Port = "24" },
			hosts.Host{User: "me", Addr: "n1", Settings: &hosts.Settings{User: "ops", Port: "23"}}, "x",
			"ssh -T -l me -p 24 " + conditions + " -- n1 x",
		},
		{"a terminal", func(s *SSH) { s.TTY = true }, hosts.Host{Addr: "n1"}, "x", "ssh -tt " + conditions + " -- n1 x"},
		{
			"a connection that is kept", func(s *SSH) { s.ControlPath, s.Persist = "/run/clsh/x", 90*time.Second }, hosts.Host{Addr: "n1"}, "x",
			"ssh -T -o ControlMaster=auto -o ControlPersist=90 -o ControlPath=/run/clsh/x " + conditions + " -- n1 x",
		},
		{
			"an old ssh", func(s *SSH) { s.Version = Version{7, 4} }, hosts.Host{Addr: "n1"}, "x",
			"ssh -T -o BatchMode=yes -o PermitLocalCommand=no -o ClearAllForwardings=yes -o EscapeChar=none -o ServerAliveInterval=1 -o ServerAliveCountMax=4 -- n1 x",
		},
	} {
		s := current
		c.change(&s)
		if got := strings.Join(s.Args(c.host, c.command), " "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestKeepAlive: ssh gives up at most half an interval after interval × count,
// and that is within the limit.
func TestKeepAlive(t *testing.T) {
	for _, d := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, time.Minute, time.Hour} {
		interval, count := keepAlive(d)
		longest := time.Duration(interval*count)*time.Second + time.Duration(interval)*time.Second/2
		if d > time.Second && longest > d || longest < d/2 {
			t.Errorf("%s: interval %d s × %d lasts %s", d, interval, count, longest)
		}
	}
	if interval, _ := keepAlive(0); interval != 0 {
		t.Errorf("0 is never, not every %d s", interval)
	}
}

func TestDefaults(t *testing.T) {
	list := hosts.List{{Addr: "n1"}, {Addr: "fe80::1%eth0"}}
	got := Defaults{UserConfig: "/my config", SystemConfig: "/etc/ssh/ssh_config", User: "ubuntu", ConnectTimeout: 5 * time.Second, Ciphers: "^a,b"}.Config(list)
	want := `Include "/my config"
Include "/etc/ssh/ssh_config"
Match originalhost "n1,fe80::1%eth0"
  User "ubuntu"
Match all
  BatchMode yes
  StrictHostKeyChecking accept-new
  ConnectTimeout 5
  Ciphers ^a,b
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
	got = Defaults{SystemConfig: "/etc/ssh/ssh_config", Version: Version{7, 5}}.Config(list)
	want = `Include "~/.ssh/config"
Include "/etc/ssh/ssh_config"
Match all
  BatchMode yes
  StrictHostKeyChecking no
`
	if got != want {
		t.Errorf("an old ssh: got\n%s", got)
	}
}

func TestVersion(t *testing.T) {
	for text, want := range map[string]Version{
		"OpenSSH_9.2p1 Debian-2+deb12u6, OpenSSL 3.0.19": {9, 2},
		"OpenSSH_7.4p1, OpenSSL 1.0.2k":                  {7, 4},
		"OpenSSH_for_Windows_8.1p1":                      {8, 1},
		"Dropbear v2022.83":                              {},
		"":                                               {},
	} {
		if got := ParseVersion(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if (Version{7, 5}).AtLeast(7, 6) || !(Version{8, 0}).AtLeast(7, 6) || !(Version{}).AtLeast(99, 0) {
		t.Error("versions do not compare")
	}
}
