package remote

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"clsh/hosts"
)

func TestArgs(t *testing.T) {
	current := SSH{Program: []string{"ssh"}, LostAfter: 5 * time.Second}
	conditions := "-o BatchMode=yes -o LogLevel=INFO -o PermitLocalCommand=no -o ClearAllForwardings=yes -o EscapeChar=none" +
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
			"orders come first", func(s *SSH) {
				s.Program, s.ConfigFile, s.LogFile, s.User, s.Identity = []string{"ssh", "-v"}, "/c", "/l", "root", "/k"
				s.Options, s.ConnectTimeout = []string{"BatchMode=no"}, 1500*time.Millisecond
			},
			hosts.Host{Addr: "n1"}, "x",
			"ssh -v -T -E /l -F /c -o BatchMode=no -i /k -l root " + strings.Replace(conditions, " -o ServerAliveInterval", " -o ConnectTimeout=2 -o ServerAliveInterval", 1) + " -- n1 x",
		},
		{"a name's user and port", func(s *SSH) { s.User = "root" }, hosts.Host{Name: "me@[fe80::1%eth0]:2222", User: "me", Addr: "fe80::1%eth0", Port: "2222"}, "x", "ssh -T -l me -p 2222 " + conditions + " -- fe80::1%eth0 x"},
		{"a terminal", func(s *SSH) { s.TTY = true }, hosts.Host{Addr: "n1"}, "x", "ssh -tt " + conditions + " -- n1 x"},
		{
			"a connection that is kept", func(s *SSH) { s.ControlPath, s.Persist = "/run/clsh/x", 90*time.Second }, hosts.Host{Addr: "n1"}, "x",
			"ssh -T -o ControlMaster=auto -o ControlPersist=90 -o ControlPath=/run/clsh/x " + conditions + " -- n1 x",
		},
		{
			"an old ssh", func(s *SSH) { s.Version = Version{7, 4} }, hosts.Host{Addr: "n1"}, "x",
			"ssh -T -o BatchMode=yes -o LogLevel=INFO -o PermitLocalCommand=no -o ClearAllForwardings=yes -o EscapeChar=none -o ServerAliveInterval=1 -o ServerAliveCountMax=4 -- n1 x",
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

func TestWishes(t *testing.T) {
	list := hosts.List{{Addr: "n1"}, {Addr: "fe80::1%eth0"}}
	got := Wishes{UserConfig: "/my config", SystemConfig: "/etc/ssh/ssh_config", User: "ubuntu", ConnectTimeout: 5 * time.Second}.Config(list)
	want := `Include "/my config"
Include "/etc/ssh/ssh_config"
Match originalhost "n1,fe80::1%eth0"
  User "ubuntu"
Match all
  BatchMode yes
  StrictHostKeyChecking accept-new
  ConnectTimeout 5
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
	got = Wishes{SystemConfig: "/etc/ssh/ssh_config", Version: Version{7, 5}}.Config(list)
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

// TestParseLog has what OpenSSH 9.2 writes.
func TestParseLog(t *testing.T) {
	for _, c := range []struct {
		name, log, stderr string
		want              Log
	}{
		{"nothing", "", "", Log{}},
		{"refused", "ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n", "", Log{Reason: "ssh: connect to host 127.0.0.1 port 1: Connection refused"}},
		{"denied", "Warning: Permanently added 'n1' (ED25519) to the list of known hosts.\r\nroot@n1: Permission denied (publickey).\r\n", "", Log{Reason: "root@n1: Permission denied (publickey).", NewKey: "Warning: Permanently added 'n1' (ED25519) to the list of known hosts.", Denied: true}},
		{"silent", "Connection timed out during banner exchange\r\nConnection to 127.0.0.1 port 2 timed out\r\n", "", Log{Reason: "Connection timed out during banner exchange"}},
		{"turned away", "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 127.0.0.1 port 2\r\n", "", Log{Reason: "kex_exchange_identification: read: Connection reset by peer", TurnedAway: true}},
		{
			"behind a jump host", "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
			"channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\n",
			Log{Reason: "channel 0: open failed: connect failed: Connection refused"},
		},
		{
			"a jump host that turns away", "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
			"kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 127.0.0.1 port 26126\r\n",
			Log{Reason: "kex_exchange_identification: Connection closed by remote host", TurnedAway: true},
		},
		{
			"a jump host that resets", "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
			"kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 127.0.0.1 port 26126\r\n",
			Log{Reason: "kex_exchange_identification: Connection closed by remote host", TurnedAway: true},
		},
		{
			"turned away behind a jump host with a banner", "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
			"Authorized use only\n",
			Log{Reason: "kex_exchange_identification: Connection closed by remote host", TurnedAway: true},
		},
		{
			"a jump host that refuses", "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
			"ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n",
			Log{Reason: "ssh: connect to host 127.0.0.1 port 1: Connection refused"},
		},
		{
			"a jump host that denies", "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
			"root@127.0.0.1: Permission denied (publickey).\r\n",
			Log{Reason: "root@127.0.0.1: Permission denied (publickey).", Denied: true},
		},
		{
			"a jump host's key", "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
			"No ED25519 host key is known for bastion and you have requested strict checking.\r\nHost key verification failed.\r\n",
			Log{Reason: "No ED25519 host key is known for bastion and you have requested strict checking."},
		},
		{
			"a ProxyCommand that is not there", "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
			"sh: 1: exec: nc: not found\n",
			Log{Reason: "sh: 1: exec: nc: not found"},
		},
		{"an old ssh turned away", "/etc/ssh/ssh_config line 3: Unsupported option \"gssapiauthentication\"\r\nssh_exchange_identification: Connection closed by remote host\r\n", "", Log{Reason: "ssh_exchange_identification: Connection closed by remote host", TurnedAway: true}},
		{"reset in the banner", "banner exchange: Connection to 10.0.0.1 port 22: Connection reset by peer\r\n", "", Log{Reason: "banner exchange: Connection to 10.0.0.1 port 22: Connection reset by peer", TurnedAway: true}},
		{"reset in connecting", "ssh: connect to host 10.0.0.1 port 22: Connection reset by peer\r\n", "", Log{Reason: "ssh: connect to host 10.0.0.1 port 22: Connection reset by peer", TurnedAway: true}},
		{"no ssh server", "banner exchange: Connection to 127.0.0.1 port 80: invalid format\r\n", "", Log{Reason: "banner exchange: Connection to 127.0.0.1 port 80: invalid format"}},
		{"lost", "", "Connection to 127.0.0.1 closed by remote host.\r\n", Log{Reason: "Connection to 127.0.0.1 closed by remote host."}},
		{"frozen", "Timeout, server 127.0.0.1 not responding.\r\n", "", Log{Reason: "Timeout, server 127.0.0.1 not responding."}},
		{
			"a changed key", "@@@@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@@\r\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r\nHost key verification failed.\r\n", "",
			Log{Reason: "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!"},
		},
		{"chatter", "debug1: Connecting\r\nOpenSSH_9.2p1\r\nssh: Could not resolve hostname x: Name or service not known\r\n", "", Log{Reason: "ssh: Could not resolve hostname x: Name or service not known"}},
	} {
		if got := ParseLog([]byte(c.log), []byte(c.stderr)); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// Whatever ssh, a login or a server has said, the reason is one line of it.
func FuzzParseLog(f *testing.F) {
	f.Add([]byte("ssh: connect to host a port 22: Connection refused\r\n"), []byte(""))
	f.Add([]byte("@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n"), []byte("Connection to a closed by remote host.\r\n"))
	f.Add([]byte("Warning: Permanently added 'a'\nkex_exchange_identification: Connection closed"), []byte("\x00\xff\n\r"))
	f.Fuzz(func(t *testing.T, log, stderr []byte) {
		l := ParseLog(log, stderr)
		for _, text := range []string{l.Reason, l.NewKey} {
			if strings.Contains(text, "\n") || !bytes.Contains(log, []byte(text)) && !bytes.Contains(stderr, []byte(text)) {
				t.Errorf("%q of %q, %q", text, log, stderr)
			}
		}
		if (l.Denied || l.TurnedAway) && l.Reason == "" {
			t.Errorf("no reason in %q, %q", log, stderr)
		}
	})
}

func TestOwnLine(t *testing.T) {
	for line, want := range map[string]bool{
		"Connection to 10.0.0.1 closed by remote host.\r\n": true,
		"Timeout, server n1 not responding.\r\n":            true,
		"Connection to the database closed.\n":              false,
		"Timeout, server n1 not responding.\n":              false,
	} {
		if got := OwnLine([]byte(line)); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
}
