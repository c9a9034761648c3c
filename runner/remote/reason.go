package remote

import (
	"bytes"
	"iter"
	"regexp"
	"strings"
	"sync"
)

// Log is what ssh said itself (ssh -E), sorted.
type Log struct {
	// Reason is the message that best explains why ssh ended, or empty. Hint is what
	// the user can do about it, or empty.
	Reason, Hint string
	// NewKey is the line about a host key that ssh accepted, or empty.
	NewKey string
	// TurnedAway reports that the server, or a jump host, closed the connection
	// before authentication, as MaxStartups does (sshd_config(5)): trying
	// again may help.
	TurnedAway bool
	// TimedOut reports that one of ssh's own limits ran out.
	TimedOut bool
	// Banner reports that a server's banner is on standard error.
	Banner bool
}

// A kind is what a message means. Of a log's messages, one of the highest kind is the
// reason, and of several the first.
type kind uint8

const (
	chatter     kind = iota // explains no end
	consequence             // follows from an earlier message
	unclear                 // no rule knows it
	turnedAway              // see Log.TurnedAway
	decisive
	timedOut // decisive, too
)

// A rule says what a message means that matches its pattern.
type rule struct {
	pattern *regexp.Regexp
	kind    kind
	hint    string
}

// rules classify messages; the first that matches counts. They know OpenSSH 7 to 10.
// Why a server closed a connection before authentication it says in a line before
// its version ("Exceeded MaxStartups"), which ssh only logs when debugging.
//
// They are compiled when the first log is read, as the patterns below: half a millisecond that a
// start need not cost.
//
//nolint:gochecknoglobals // compiled patterns, with what each means
var rules = sync.OnceValue(func() []rule {
	return []rule{
		{regexp.MustCompile(`^$|^debug[1-3]: |^OpenSSH_|^Warning: |^\*\* |^ControlSocket |^Authenticated to |^Killed by signal |^Pseudo-terminal |^#[0-9]+ |^Transferred: |^Bytes per second: `), chatter, ""},
		{regexp.MustCompile(`(Deprecated|Unsupported) (configuration )?option|^mux_client_request_session: session request failed`), chatter, ""},

		{regexp.MustCompile(`REMOTE HOST IDENTIFICATION HAS CHANGED`), decisive, "check the new key; if it is right, remove the old one with ssh-keygen -R"},
		{regexp.MustCompile(`(^|: )Permission denied \(`), decisive, "load the key with ssh-add, or name it with --identity; -k asks for a password"},
		{regexp.MustCompile(`^Received disconnect from .*Too many authentication failures`), decisive, "name the key with --identity, and set -o IdentitiesOnly=yes"},
		{regexp.MustCompile(`^channel [0-9]+: open failed: `), decisive, ""}, // a jump host's answer, also where it timed out
		{regexp.MustCompile(`^stdio forwarding failed`), decisive, "the jump host cannot reach the host"},

		{regexp.MustCompile(`^(kex|ssh)_exchange_identification: (Connection closed|(read|write): (Connection reset|Broken pipe))`), turnedAway, ""},
		{regexp.MustCompile(`^banner exchange: Connection to .*: (Connection reset|Broken pipe)`), turnedAway, ""},
		{regexp.MustCompile(`^ssh: connect to host .*: Connection reset`), turnedAway, ""},

		{regexp.MustCompile(`^ssh: connect to host .* timed out|^Connection (to .* )?timed out|^ssh_exchange_identification: .*timed out|^Timeout, server `), timedOut, ""},
		{regexp.MustCompile(`^ssh: |^No .* host key is known|^Unable to negotiate |^Received disconnect from `), decisive, ""},
		{regexp.MustCompile(`^Host key verification failed|^(Connection (closed|reset) by|Disconnected from) `), consequence, ""},
	}
})

// pattern returns a function that compiles a regular expression when it is first called.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// throughProxy matches what ssh says of a connection whose address it does not
// know: one through a ProxyCommand or a jump host.
//
//nolint:gochecknoglobals // a compiled pattern
var throughProxy = pattern(`^Connection (closed|reset) by UNKNOWN port |Connection to UNKNOWN port `)

// overloaded matches the lines that a server sends where it turns a connection away
// (sshd.c, drop_connection; srclimit.c).
//
//nolint:gochecknoglobals // a compiled pattern
var overloaded = pattern(`: banner line [0-9]+: (Exceeded MaxStartups|Not allowed at this time)`)

// programError matches what programs in a ProxyCommand say of an error
// ("nc: …"), unlike the lines of a jump host's banner.
//
//nolint:gochecknoglobals // a compiled pattern
var programError = pattern(`^[^ ]+: `)

// logVerbose is the value of ssh_config(5)'s LogVerbose, known since OpenSSH 8.5:
// these functions log whatever LogLevel says, for that is the user's. They tell why a
// connection ended, and nothing of them is logged while a session is open.
const logVerbose = "ssh.c:resolve_host():*,ssh.c:ssh_stdio_confirm():*,kex.c:kex_exchange_identification():*," +
	"sshconnect.c:ssh_connect_direct():*,sshconnect.c:check_host_key():*,sshconnect.c:warn_changed_key():*," +
	"sshconnect2.c:verify_host_key_callback():*,sshconnect2.c:input_userauth_banner():*,sshconnect2.c:ssh_userauth2():*," +
	"channels.c:channel_input_open_failure():*,clientloop.c:server_alive_check():*,packet.c:sshpkt_vfatal():*"

// tag matches what precedes a message that LogVerbose asked for (log.c, sshlogv):
// its level, where that is low, and where it comes from.
//
//nolint:gochecknoglobals // a compiled pattern
var tag = pattern(`^(debug[1-3]: )?[a-z0-9_-]+\.c:([a-z0-9_]+)\(\):[0-9]+ \([a-z]+=[^)]*\): `)

// A message is one that an ssh logged.
type message struct {
	text   string
	kind   kind
	hint   string
	tagged bool // it was asked for by LogVerbose
	ended  bool // with CR LF, as ssh ends its messages
}

// messages reads the messages of a log. What a debugging message quotes may have
// several lines, the last of which ends with CR LF.
func messages(log []byte) iter.Seq[message] {
	return func(yield func(message) bool) {
		quoting := false
		for line := range bytes.Lines(log) {
			m := parseMessage(line)
			if quoting && !m.tagged && !strings.HasPrefix(m.text, "debug") {
				m.kind = chatter
			} else {
				quoting = strings.HasPrefix(m.text, "debug")
			}
			quoting = quoting && !m.ended
			if !yield(m) {
				return
			}
		}
	}
}

// parseMessage reads a line of a log.
func parseMessage(line []byte) message {
	m := message{text: untag(line), ended: bytes.HasSuffix(line, []byte("\r\n"))}
	m.tagged = len(m.text) > 0 && tag().Match(line)
	m.text = strings.Trim(m.text, "@ \r\n") // a warning may stand in a frame of @
	m.kind = unclear
	for _, r := range rules() {
		if r.pattern.MatchString(m.text) {
			m.kind, m.hint = r.kind, r.hint
			break
		}
	}
	return m
}

// untag returns a line as it is without LogVerbose.
func untag(line []byte) string {
	at := tag().FindSubmatchIndex(line)
	if at == nil {
		return string(line)
	}
	rest := string(line[at[1]:])
	switch function := string(line[at[4]:at[5]]); {
	case at[2] >= 0:
		return string(line[at[2]:at[3]]) + function + ": " + rest
	case function == "kex_exchange_identification" && !strings.Contains(rest, "timed out"):
		return function + ": " + rest
	default:
		return rest
	}
}

// Untag returns what an ssh logged as it is without LogVerbose: without the tags,
// and without what only debugging shows.
func Untag(text []byte) []byte {
	if !bytes.Contains(text, []byte("():")) {
		return text
	}
	var kept []byte
	for line := range bytes.Lines(text) {
		if m := parseMessage(line); !m.tagged {
			kept = append(kept, line...)
		} else if !strings.HasPrefix(m.text, "debug") && !strings.HasPrefix(m.text, "Authenticated to ") {
			kept = append(kept, untag(line)...)
		}
	}
	return kept
}

// ParseLog reads ssh's log, and what was written to standard error before the command
// began. A server's banner is there, which may imitate anything; what counts is only
// what a jump host's ssh or another ProxyCommand says where ssh found no server behind it.
func ParseLog(log, stderr []byte) Log {
	var l Log
	var best message
	var turned, proxied, certain bool
	for m := range messages(log) {
		switch {
		case strings.HasPrefix(m.text, "Warning: Permanently added '"):
			l.NewKey = m.text
		case strings.HasPrefix(m.text, "debug") && strings.Contains(m.text, "input_userauth_banner"):
			l.Banner = true
		}
		turned = turned || m.kind == turnedAway
		proxied = proxied || throughProxy().MatchString(m.text)
		certain = certain || overloaded().MatchString(m.text)
		if m.kind > best.kind {
			best = m
		}
	}
	if proxied && best.kind < decisive {
		p := parseProxy(stderr)
		l.Banner = l.Banner || p.banner
		certain = certain || p.connected || p.best.kind == turnedAway
		switch {
		case p.best.kind > best.kind, turned && !certain && p.best.kind != chatter:
			best = p.best
		case turned && !certain:
			best = message{text: silentProxy, kind: decisive}
		}
	}
	if own := lastMessage(stderr); own.kind > best.kind {
		best = own
	}
	l.Reason, l.Hint = best.text, best.hint
	l.TurnedAway = turned && best.kind <= turnedAway && (certain || !proxied)
	l.TimedOut = best.kind == timedOut
	return l
}

// silentProxy is the reason where a ProxyCommand, or a jump host's ssh at LogLevel
// QUIET, ends without a word.
const silentProxy = "the jump host or ProxyCommand closed the connection without giving a reason"

// A proxy is what standard error holds of a ProxyCommand.
type proxy struct {
	best      message
	connected bool // to a jump host, which let it in
	banner    bool // a jump host's is there as well
}

// parseProxy reads the words of a ProxyCommand. A jump host's ssh ends its messages
// with CR LF, a banner that it passes on does not; still, what LogVerbose asked for
// is more certain than what looks like a message.
func parseProxy(stderr []byte) proxy {
	var p proxy
	for m := range messages(stderr) {
		p.connected = p.connected || m.tagged && strings.HasPrefix(m.text, "Authenticated to ")
		p.banner = p.banner || m.tagged && strings.Contains(m.text, "input_userauth_banner")
		switch {
		case !m.tagged && !m.ended && !programError().MatchString(m.text):
			continue
		case m.kind == unclear:
			m.kind = decisive
		}
		if m.kind > p.best.kind || m.kind == p.best.kind && m.kind > chatter && m.tagged && !p.best.tagged {
			p.best = m
		}
	}
	return p
}

// lastMessage returns the last line of standard error, where ssh itself wrote it.
func lastMessage(stderr []byte) message {
	line := stderr[bytes.LastIndexByte(bytes.TrimRight(stderr, "\r\n"), '\n')+1:]
	if !OwnLine(line) {
		return message{}
	}
	m := parseMessage(line)
	if m.kind != chatter {
		m.kind = max(m.kind, unclear)
	}
	return m
}

// ownLine matches what ssh writes to standard error, not to its log, when a connection
// ends (clientloop.c, quit_message).
//
//nolint:gochecknoglobals // a compiled pattern
var ownLine = pattern(`^(Connection to .* closed by remote host\.|Timeout, server .* not responding\.|Read from remote host .*)\r\n$`)

// OwnLine reports whether a line on standard error is ssh's own: at the end of its
// connection, or a jump host's ssh at the end of its own.
func OwnLine(line []byte) bool {
	return ownLine().Match(line) || tag().Match(line) && bytes.HasSuffix(line, []byte("\r\n"))
}
