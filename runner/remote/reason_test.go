package remote

import (
	"bytes"
	"strings"
	"testing"
)

const (
	kexClosed    = "kex_exchange_identification: Connection closed by remote host\r\n"
	kexReset     = "kex_exchange_identification: read: Connection reset by peer\r\n"
	proxyClosed  = kexClosed + "Connection closed by UNKNOWN port 65535\r\n"
	addedKey     = "Warning: Permanently added 'n1' (ED25519) to the list of known hosts."
	deniedHint   = "load the key with ssh-add, or name it with --identity; -k asks for a password"
	changedHint  = "check the new key; if it is right, remove the old one with ssh-keygen -R"
	stdioHint    = "the jump host cannot reach the host"
	verboseProxy = "debug1: kex.c:kex_exchange_identification():1347 (pid=7): Local version string SSH-2.0-OpenSSH_9.2p1\r\n" +
		"kex.c:kex_exchange_identification():1383 (pid=7): Connection closed by remote host\r\n" +
		"packet.c:sshpkt_vfatal():1909 (pid=7): Connection closed by UNKNOWN port 65535\r\n"
	verboseJump = "debug1: sshconnect.c:ssh_connect_direct():485 (pid=8): Connecting to 127.0.0.1 [127.0.0.1] port 22.\r\n"
	jumpIn      = verboseJump + "sshconnect2.c:ssh_userauth2():580 (pid=8): Authenticated to 127.0.0.1 ([127.0.0.1]:22) using \"publickey\".\r\n"
)

// TestParseLog has what OpenSSH 9.2 writes, where nothing else is said.
func TestParseLog(t *testing.T) {
	for _, c := range []struct {
		name, log, stderr string
		want              Log
	}{
		{"nothing", "", "", Log{}},
		{"refused", "ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n", "", Log{Reason: "ssh: connect to host 127.0.0.1 port 1: Connection refused"}},
		{"no route", "ssh: connect to host 10.0.0.1 port 22: No route to host\r\n", "", Log{Reason: "ssh: connect to host 10.0.0.1 port 22: No route to host"}},
		{"denied", addedKey + "\r\nroot@n1: Permission denied (publickey).\r\n", "", Log{Reason: "root@n1: Permission denied (publickey).", Hint: deniedHint, NewKey: addedKey}},
		{"denied, OpenSSH 7.4", "Permission denied (publickey,password).\r\n", "", Log{Reason: "Permission denied (publickey,password).", Hint: deniedHint}},
		{
			"too many keys", "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures\r\nDisconnected from 127.0.0.1 port 22\r\n", "",
			Log{Reason: "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures", Hint: "name the key with --identity, and set -o IdentitiesOnly=yes"},
		},
		{"another address of a known host", "Warning: Permanently added the ED25519 host key for IP address '10.0.0.1' to the list of known hosts.\r\n", "", Log{}},
		{"silent", "Connection timed out during banner exchange\r\nConnection to 127.0.0.1 port 2 timed out\r\n", "", Log{Reason: "Connection timed out during banner exchange", TimedOut: true}},
		{"no answer", "ssh: connect to host 10.0.0.1 port 22: Connection timed out\r\n", "", Log{Reason: "ssh: connect to host 10.0.0.1 port 22: Connection timed out", TimedOut: true}},
		{"no answer, macOS", "ssh: connect to host 10.0.0.1 port 22: Operation timed out\r\n", "", Log{Reason: "ssh: connect to host 10.0.0.1 port 22: Operation timed out", TimedOut: true}},
		{"no ciphers", "Unable to negotiate with 10.0.0.1 port 22: no matching cipher found. Their offer: 3des-cbc\r\n", "", Log{Reason: "Unable to negotiate with 10.0.0.1 port 22: no matching cipher found. Their offer: 3des-cbc"}},
		{"turned away", kexReset + "Connection reset by 127.0.0.1 port 2\r\n", "", Log{Reason: strings.TrimSpace(kexReset), TurnedAway: true}},
		{"turned away, LogLevel ERROR", kexClosed, "", Log{Reason: strings.TrimSpace(kexClosed), TurnedAway: true}},
		{"an old ssh turned away", "/etc/ssh/ssh_config line 3: Unsupported option \"gssapiauthentication\"\r\nssh_exchange_identification: Connection closed by remote host\r\n", "", Log{Reason: "ssh_exchange_identification: Connection closed by remote host", TurnedAway: true}},
		{"reset in the banner", "banner exchange: Connection to 10.0.0.1 port 22: Connection reset by peer\r\n", "", Log{Reason: "banner exchange: Connection to 10.0.0.1 port 22: Connection reset by peer", TurnedAway: true}},
		{"reset in connecting", "ssh: connect to host 10.0.0.1 port 22: Connection reset by peer\r\n", "", Log{Reason: "ssh: connect to host 10.0.0.1 port 22: Connection reset by peer", TurnedAway: true}},
		{"no ssh server", "banner exchange: Connection to 127.0.0.1 port 80: invalid format\r\n", "", Log{Reason: "banner exchange: Connection to 127.0.0.1 port 80: invalid format"}},
		{"lost", "", "Connection to 127.0.0.1 closed by remote host.\r\n", Log{Reason: "Connection to 127.0.0.1 closed by remote host."}},
		{"reset", "", "Read from remote host 127.0.0.1: Connection reset by peer\r\n", Log{Reason: "Read from remote host 127.0.0.1: Connection reset by peer"}},
		{"frozen", "", "Timeout, server 127.0.0.1 not responding.\r\n", Log{Reason: "Timeout, server 127.0.0.1 not responding.", TimedOut: true}},
		{
			"a changed key", "@@@@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@@\r\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r\nHost key verification failed.\r\n", "",
			Log{Reason: "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!", Hint: changedHint},
		},
		{"a changed key, LogLevel FATAL", "Host key verification failed.\r\n", "", Log{Reason: "Host key verification failed."}},
		{"LogLevel DEBUG3", "OpenSSH_9.2p1\r\ndebug1: Connecting\r\ndebug3: Permission denied (no)\r\nssh: Could not resolve hostname x: Name or service not known\r\n", "", Log{Reason: "ssh: Could not resolve hostname x: Name or service not known"}},
		{
			"LogLevel DEBUG3, of a command of several lines", "debug1: Sending command: exec sh -c 'mark ready;\nPermission denied (x).\nexit'\r\ndebug3: the following connections are open:\r\n  #0 client-session (t4)\r\n\r\nTransferred: sent 3488\r\n", "",
			Log{},
		},
		{"a banner, and an account without a shell", "", "Authorized use only\nPermission denied (publickey).\r\n", Log{}},
		{"a banner that imitates, and a denied login", "root@n1: Permission denied (publickey).\r\n", "kex_exchange_identification: Connection closed by remote host\r\n", Log{Reason: "root@n1: Permission denied (publickey).", Hint: deniedHint}},
		{"warnings of OpenSSH 10", "** WARNING: connection is not using a post-quantum key exchange algorithm.\r\nroot@n1: Permission denied (publickey).\r\n", "", Log{Reason: "root@n1: Permission denied (publickey).", Hint: deniedHint}},
	} {
		if got := ParseLog([]byte(c.log), []byte(c.stderr)); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// TestParseLogProxy has what OpenSSH 9.2 writes where there is a ProxyCommand.
func TestParseLogProxy(t *testing.T) {
	for _, c := range []struct {
		name, log, stderr string
		want              Log
	}{
		{"a dead host", proxyClosed, "channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\n", Log{Reason: "channel 0: open failed: connect failed: Connection refused"}},
		{"one that does not answer the jump host", proxyClosed, "channel 0: open failed: connect failed: Connection timed out\r\nstdio forwarding failed\r\n", Log{Reason: "channel 0: open failed: connect failed: Connection timed out"}},
		{"a dead host, LogLevel ERROR", proxyClosed, "stdio forwarding failed\r\n", Log{Reason: "stdio forwarding failed", Hint: stdioHint}},
		{"a dead host, LogLevel QUIET", proxyClosed, "", Log{Reason: silentProxy}},
		{"a dead host, LogLevel DEBUG3", proxyClosed, "debug1: Exit status 255\r\ndebug2: fd 3 setting O_NONBLOCK\r\nchannel 0: open failed: administratively prohibited: open failed\r\nstdio forwarding failed\r\n", Log{Reason: "channel 0: open failed: administratively prohibited: open failed"}},
		{"ProxyCommand false", proxyClosed, "", Log{Reason: silentProxy}},
		{"a jump host that turns away", proxyClosed, kexClosed + "Connection closed by 127.0.0.1 port 26126\r\n", Log{Reason: strings.TrimSpace(kexClosed), TurnedAway: true}},
		{"a jump host that turns away, LogLevel ERROR", proxyClosed, kexReset, Log{Reason: strings.TrimSpace(kexClosed), TurnedAway: true}},
		{"a jump host that resets", proxyClosed, kexReset + "Connection reset by 127.0.0.1 port 26126\r\n", Log{Reason: strings.TrimSpace(kexClosed), TurnedAway: true}},
		{"a jump host that turns away later", proxyClosed, "Connection closed by 127.0.0.1 port 26126\r\n", Log{Reason: "Connection closed by 127.0.0.1 port 26126"}},
		{"a jump host that refuses", proxyClosed, "ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n", Log{Reason: "ssh: connect to host 127.0.0.1 port 1: Connection refused"}},
		{"a jump host that is not there", proxyClosed, "ssh: Could not resolve hostname j: Name or service not known\r\n", Log{Reason: "ssh: Could not resolve hostname j: Name or service not known"}},
		{"a jump host that does not answer", proxyClosed, "ssh: connect to host 10.0.0.1 port 22: Connection timed out\r\n", Log{Reason: "ssh: connect to host 10.0.0.1 port 22: Connection timed out", TimedOut: true}},
		{"a jump host that denies", proxyClosed, "root@127.0.0.1: Permission denied (publickey).\r\n", Log{Reason: "root@127.0.0.1: Permission denied (publickey).", Hint: deniedHint}},
		{
			"a jump host's key", proxyClosed, "No ED25519 host key is known for bastion and you have requested strict checking.\r\nHost key verification failed.\r\n",
			Log{Reason: "No ED25519 host key is known for bastion and you have requested strict checking."},
		},
		{"a program that is not there", proxyClosed, "sh: 1: exec: nc: not found\n", Log{Reason: "sh: 1: exec: nc: not found"}},
		{"a banner, and no more", proxyClosed, "Authorized use only\n", Log{Reason: silentProxy}},
		{"a banner of 100 lines", proxyClosed, strings.Repeat("Authorized use only\n", 100) + "channel 0: open failed: connect failed: No route to host\r\n", Log{Reason: "channel 0: open failed: connect failed: No route to host"}},
		{"a host that turns away, and says so", "debug1: kex.c:kex_exchange_identification():1400 (bin=ssh, pid=7): kex_exchange_identification: banner line 0: Exceeded MaxStartups\r\n" + verboseProxy, "", Log{Reason: strings.TrimSpace(kexClosed), TurnedAway: true}},
		{"a host that turns away behind a jump host that does not", verboseProxy, jumpIn, Log{Reason: strings.TrimSpace(kexClosed), TurnedAway: true}},
		{"no host behind a quiet jump host", verboseProxy, jumpIn + "channels.c:channel_input_open_failure():3563 (pid=8): channel 0: open failed: connect failed: Name or service not known\r\nssh.c:ssh_stdio_confirm():1892 (pid=8): stdio forwarding failed\r\n", Log{Reason: "channel 0: open failed: connect failed: Name or service not known"}},
		{"a quiet jump host that turns away", verboseProxy, verboseJump + "kex.c:kex_exchange_identification():1383 (pid=8): read: Connection reset by peer\r\n", Log{Reason: strings.TrimSpace(kexClosed), TurnedAway: true}},
		{"a banner that imitates a message", verboseProxy, "stdio forwarding failed\r\nsshconnect.c:ssh_connect_direct():517 (pid=8): ssh: connect to host j port 1: Connection refused\r\n", Log{Reason: "ssh: connect to host j port 1: Connection refused"}},
	} {
		if got := ParseLog([]byte(c.log), []byte(c.stderr)); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// Notes do not show what only LogVerbose has asked for.
func TestUntag(t *testing.T) {
	got := string(Untag([]byte("Welcome\n" + verboseProxy + jumpIn + "debug1: of the user's LogLevel\r\nsshconnect.c:warn_changed_key():1651 (bin=ssh, uid=0, pid=8): The fingerprint is\nSHA256:x.\r\n")))
	want := "Welcome\n" + proxyClosed + "debug1: of the user's LogLevel\r\nThe fingerprint is\nSHA256:x.\r\n"
	if got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
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
			said := text == silentProxy || bytes.Contains(log, []byte(text)) || bytes.Contains(stderr, []byte(text)) || strings.HasPrefix(text, "kex_exchange_identification: ")
			if strings.Contains(text, "\n") || !said {
				t.Errorf("%q of %q, %q", text, log, stderr)
			}
		}
		if (l.TimedOut || l.TurnedAway) && l.Reason == "" {
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
