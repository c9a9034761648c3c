package sshtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// serverConfig returns the sshd_config. Without UsePAM and StrictModes sshd
// runs as any user and out of any directory; a key exchange that OpenSSL has in
// assembly, instead of the post-quantum ones, saves most of a login's time; HOME
// keeps the developer's own rc files out.
func (s *Site) serverConfig() string {
	path := "" // sshd takes the first SetEnv alone
	if s.path != "" {
		path = fmt.Sprintf(" PATH=%s/%s:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", s.Home, s.path)
	}
	return s.server + fmt.Sprintf(`HostKey %[1]s/host_key
AuthorizedKeysFile %[1]s/client_key.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitUserRC no
PrintMotd no
UseDNS no
LogLevel INFO
KexAlgorithms ecdh-sha2-nistp256
AllowAgentForwarding no
SetEnv HOME=%[2]s SSHTEST_SITE=%[3]s%[4]s
`, s.Dir, s.Home, s.Mark, path)
}

// proxyScript returns what ssh runs to reach a host. It stays between ssh
// and sshd, so that the signals that ssh and clsh send to what they started
// do not end the server: the far side learns of that from its connection. It
// notes the server's number and, where there is a /proc, its start: on a busy
// machine numbers are given again within a minute.
func (s *Site) proxyScript() string {
	leave := ""
	if path := Program("setsid"); path != "" {
		leave = quote(path) + " "
	}
	return fmt.Sprintf(`# called with the host's name and options for sshd
dir=%s name=$1
export dir name
shift
sh -c 'note() { echo >"$dir/sessions/$name.$$.${22-0}"; }
	{ read -r line </proc/$$/stat; } 2>/dev/null
	note $line
	exec "$@"' sh \
	%s%s -i -f "$dir/sshd_config" -E "$dir/sshd.log" "$@"
exit
`, quote(s.Dir), leave, quote(s.sshd))
}

func (s *Site) writeServer() error {
	for name, text := range map[string]string{
		"sshd_config": s.serverConfig(), "proxy": s.proxyScript(), "sshd.log": "",
	} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeClient rewrites the ssh_config. The caller holds mu, or is New.
// Where an sshd is started for the connection, only this machine can be late;
// hosts that have an address keep clsh's own limit.
func (s *Site) writeClient() error {
	text := s.client + strings.Join(s.hosts, "") + fmt.Sprintf(`Host *
  User %[2]s
  IdentityFile %[1]s/client_key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile %[1]s/known_hosts
  GlobalKnownHostsFile /dev/null
  CheckHostIP no
  HashKnownHosts no
  UpdateHostKeys no
  ControlPath none
  ProxyCommand sh %[1]s/proxy '%%n'
Host *%[3]s
  ConnectTimeout 60
`, s.Dir, s.User, s.addressed)
	// By rename, for an ssh may be reading it.
	path := s.Config() + ".new"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path, s.Config())
}

// Host puts a Host block for name before all others in the ssh_config.
func (s *Site) Host(name string, lines ...string) {
	s.t.Helper()
	block := "Host " + name + "\n"
	for _, line := range lines {
		block += "  " + line + "\n"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts = append([]string{block}, s.hosts...)
	if slices.Contains(lines, "ProxyCommand none") {
		s.addressed += " !" + name
	}
	s.must("write the ssh_config", s.writeClient())
}

// at makes name the host behind a port of this machine.
func (s *Site) at(name string, port int) {
	s.t.Helper()
	s.Host(name, "HostName 127.0.0.1", fmt.Sprintf("Port %d", port), "ProxyCommand none", "HostKeyAlias "+name)
}

// knownHosts tells ssh that every host has the one host key, but those of
// changed, which are said to have another.
func (s *Site) knownHosts(changed ...string) {
	s.t.Helper()
	pattern := "*"
	text := ""
	for _, name := range changed {
		pattern = "!" + name + "," + pattern
		text += name + " " + s.publicKey("other_key")
	}
	text = pattern + " " + s.publicKey("host_key") + text
	s.must("write known_hosts", os.WriteFile(s.KnownHosts(), []byte(text), 0o600))
}

// publicKey returns type and key of a key of the site's, as a line.
func (s *Site) publicKey(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, name+".pub"))
	s.must("read a public key", err)
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		s.t.Fatalf("public key %s: %q", name, text)
	}
	return fields[0] + " " + fields[1] + "\n"
}
