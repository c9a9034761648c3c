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
	// TurnedAway tells that the server closed the connection before
	// authentication, as MaxStartups does (sshd_config(5)): trying again
	// may help.
	TurnedAway bool
	// Denied tells that authentication failed.
	Denied bool
}

// turnedAway matches the messages of a connection that was closed by the
// server, or by what stands before it, before any authentication.
var turnedAway = regexp.MustCompile(`^(kex|ssh)_exchange_identification: (Connection closed|read: Connection reset)|Exceeded MaxStartups`)

// consequence matches messages that only follow from an earlier one.
var consequence = regexp.MustCompile(`^(Host key verification failed|Connection (closed|reset) by|stdio forwarding failed)`)

// ParseLog reads ssh's messages and, after them, what it and a jump host's ssh
// wrote to standard error besides.
func ParseLog(log, stderr []byte) Log {
	var l Log
	var lines []string
	for line := range bytes.Lines(log) {
		// A warning may stand in a frame of @.
		lines = append(lines, string(bytes.Trim(line, "@ \r\n")))
	}
	for line := range bytes.Lines(stderr) {
		lines = append(lines, string(bytes.TrimSpace(line)))
	}
	best := -1
	for _, line := range lines {
		switch {
		case line == "" || strings.HasPrefix(line, "debug") || strings.HasPrefix(line, "OpenSSH_"):
			continue
		case strings.HasPrefix(line, "Warning: Permanently added"):
			l.NewKey = line
			continue
		case strings.HasPrefix(line, "Warning:") || strings.HasPrefix(line, "** WARNING"):
			continue
		}
		if weight := weigh(line); weight > best {
			best, l.Reason = weight, line
		}
		l.Denied = l.Denied || strings.Contains(line, "Permission denied (")
		l.TurnedAway = l.TurnedAway || turnedAway.MatchString(line)
	}
	// Behind a jump host that message follows from what the jump host says.
	l.TurnedAway = l.TurnedAway && best < explains
	return l
}

// explains is the weight of a message that says it all.
const explains = 3

// weigh ranks messages: what explains most first; of equals the first.
func weigh(line string) int {
	switch {
	case strings.Contains(line, "REMOTE HOST IDENTIFICATION HAS CHANGED"),
		strings.Contains(line, "Permission denied ("), strings.Contains(line, "open failed: "):
		return explains
	case consequence.MatchString(line):
		return 0
	}
	return 1
}

// OwnLine tells whether a line on standard error is what ssh itself writes
// there, not to its log, when a connection ends (client_loop.c, quit_message).
func OwnLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("Connection to ")) && bytes.HasSuffix(line, []byte(" closed by remote host.\r\n")) ||
		bytes.HasPrefix(line, []byte("Timeout, server ")) && bytes.HasSuffix(line, []byte(" not responding.\r\n"))
}
