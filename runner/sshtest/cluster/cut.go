//go:build linux

package cluster

// Cut is a way to lose a connection.
type Cut string

// The ways. Down takes the host's end of the cable out; Drop lets nothing
// through and says nothing; Reset answers everything with a reset, to both
// sides, as a firewall does that has forgotten its connections.
const (
	Down  Cut = "unplugged"
	Drop  Cut = "silent"
	Reset Cut = "reset"
)

// Cut cuts the host's cable.
func (h *Host) Cut(how Cut) {
	h.t.Helper()
	switch how {
	case Down:
		h.Run("ip link set eth0 down")
	case Drop:
		h.Run(rules("drop"))
	case Reset:
		h.Run(rules("tcp flags & rst == 0 reject with tcp reset"))
	}
}

// rules returns the command that treats what comes and goes so (nft(8)).
func rules(verdict string) string {
	return "nft -f - <<'END'\ntable inet cut {\n" +
		"chain in { type filter hook input priority 0; iif != lo " + verdict + "; }\n" +
		"chain out { type filter hook output priority 0; oif != lo " + verdict + "; }\n}\nEND"
}

// Heal mends the cable, and waits until the host's sshd answers: for a moment
// there is no route to a host that was asked for in vain (arp(7)).
func (h *Host) Heal() {
	h.t.Helper()
	h.Run("ip link set eth0 up; nft delete table inet cut 2>&- || :")
	h.await()
}

// Quiet tells whether no byte is under way from the host's sshd or to it.
func (h *Host) Quiet() bool {
	h.t.Helper()
	return h.Run("ss -Htn state established sport = :22 | awk '$1 + $2'") == ""
}
