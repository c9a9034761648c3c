package hosts

// SSHHosts returns the names of the Host lines of the user's ssh configuration, without
// patterns. What cannot be read is left out.
func SSHHosts(sys System) []string {
	names, _ := sshConfigNames(sys, "")
	return names
}
