package remote

import (
	"bytes"
	"regexp"
	"strings"
)

// Log is what ssh said itself (ssh -E), sorted.
type Log struct {
	// Reason is the message that tells best why it ended, or empty.
	Reason string
	// NewKey is the line about a host key that it accepted, or empty.
	NewKey string
	// TurnedAway tells that the server, or a jump host, closed the connection
	// before authentication, as MaxStartups does (sshd_config(5)): trying
	// again may help.
	TurnedAway bool
	// Denied tells that authentication failed.
	Denied bool
}

// turnedAway matches the messages of a connection that was closed by the
// server, or by what stands before it, before any authentication. Why, the
// server says in a line before its banner ("Exceeded MaxStartups", "Not allowed
// at this time"), which ssh shows only when it debugs.
var turnedAway = regexp.MustCompile(`^(kex|ssh)_exchange_identification: (Connection closed|(read|write): (Connection reset|Broken pipe))` +
	`|^banner exchange: Connection to .*: (Connection reset|Broken pipe)` +
	`|^ssh: connect to host .*: Connection reset`)

// throughProxy matches what ssh says of a connection whose address it does not
// know: one through a ProxyCommand or a jump host.
var throughProxy = regexp.MustCompile(`^Connection (closed|reset) by UNKNOWN port `)

// consequence matches messages that only follow from an earlier one.
var consequence = regexp.MustCompile(`^(Host key verification failed|Connection (closed|reset) by|stdio forwarding failed)`)

// chatter matches messages that explain no end.
var chatter = regexp.MustCompile(`^$|^debug|^OpenSSH_|^Warning:|^\*\* |(Deprecated|Unsupported) (configuration )?option|^ControlSocket |^mux_client_request_session: session request failed`)

// programError matches what programs in a ProxyCommand say of an error
// ("nc: …"), unlike the lines of a jump host's banner.
var programError = regexp.MustCompile(`^[^ ]+: `)

// ParseLog reads ssh's messages and, after them, what it and a jump host's ssh
// wrote to standard error besides.
func ParseLog(log, stderr []byte) Log {
	var l Log
	best, turned := consequences-1, false
	take := func(line string, weight int) {
		if weight > best {
			best, l.Reason = weight, line
		}
		l.Denied = l.Denied || strings.Contains(line, "Permission denied (")
	}
	proxied := false
	for raw := range bytes.Lines(log) {
		line := string(bytes.Trim(raw, "@ \r\n")) // a warning may stand in a frame of @
		if strings.HasPrefix(line, "Warning: Permanently added") {
			l.NewKey = line
		}
		if !chatter.MatchString(line) {
			take(line, weigh(line))
			turned = turned || turnedAway.MatchString(line)
			proxied = proxied || throughProxy.MatchString(line)
		}
	}
	for raw := range bytes.Lines(stderr) {
		line := string(bytes.TrimSpace(raw))
		weight := weigh(line)
		if proxied && weight == somewhat && !turnedAway.MatchString(line) {
			weight = weighProxy(raw)
		}
		if !chatter.MatchString(line) {
			take(line, weight)
		}
	}
	l.TurnedAway = turned && best < explains
	return l
}

// The weights of messages: what explains most counts, of equals the first.
const (
	consequences = iota
	somewhat
	explains
)

func weigh(line string) int {
	switch {
	case strings.Contains(line, "REMOTE HOST IDENTIFICATION HAS CHANGED"),
		strings.Contains(line, "Permission denied ("), strings.Contains(line, "open failed: "):
		return explains
	case consequence.MatchString(line):
		return consequences
	}
	return somewhat
}

// weighProxy is for a line on standard error where a connection through a proxy
// was closed, which only follows from what the proxy said. A jump host's ssh
// ends its messages with CR LF, a banner that it passes on does not.
func weighProxy(line []byte) int {
	if bytes.HasSuffix(line, []byte("\r\n")) || programError.Match(line) {
		return explains
	}
	return consequences
}

// OwnLine tells whether a line on standard error is what ssh itself writes
// there, not to its log, when a connection ends (client_loop.c, quit_message).
func OwnLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("Connection to ")) && bytes.HasSuffix(line, []byte(" closed by remote host.\r\n")) ||
		bytes.HasPrefix(line, []byte("Timeout, server ")) && bytes.HasSuffix(line, []byte(" not responding.\r\n"))
}
