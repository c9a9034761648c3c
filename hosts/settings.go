package hosts

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"clsh/hosts/inventory"
)

// Settings is how an inventory says that a host is reached. What is empty is left to the
// configuration of ssh. What the command line or the name of the host says, overrides it.
type Settings struct {
	HostName     string // what to connect to instead of the host's name
	User         string
	Port         string
	IdentityFile string
	// Transport is what reaches the host instead of ssh: docker, podman or kubectl. HostName is
	// then the name of the container, if it is not that of the host.
	Transport string
}

// setting is a field of Settings, and the variables that set it. As in Ansible, the last one that
// is set counts (ansible.builtin.ssh).
type setting struct {
	vars  []string
	check func(value string) *offsetError
	field func(*Settings) *string
}

func settings() []setting {
	return []setting{
		{[]string{"ansible_host", "ansible_ssh_host"}, checkHostName, func(s *Settings) *string { return &s.HostName }},
		{[]string{"ansible_port", "ansible_ssh_port"}, func(v string) *offsetError { return checkPort(v, 0) }, func(s *Settings) *string { return &s.Port }},
		{[]string{"ansible_user", "ansible_ssh_user"}, func(v string) *offsetError { return checkPart(v, 0, "user") }, func(s *Settings) *string { return &s.User }},
		{[]string{"ansible_private_key_file", "ansible_ssh_private_key_file"}, checkPath, func(s *Settings) *string { return &s.IdentityFile }},
	}
}

// connectionVar names Ansible's way to reach a host.
const connectionVar = "ansible_connection"

// argumentVars are variables with arguments for ssh, which are a shell's words to Ansible.
func argumentVars() []string {
	return []string{"ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"}
}

// inventoryVars returns the names of all variables that are read.
func inventoryVars() []string {
	names := append(argumentVars(), connectionVar)
	for _, s := range settings() {
		names = append(names, s.vars...)
	}
	return names
}

// checkHostName checks an address or a name to connect to.
func checkHostName(value string) *offsetError {
	h, bad := parseHost(value)
	if bad == nil && h.Addr != value {
		bad = errorAt(0, "user, port or brackets in a host name")
	}
	return bad
}

// checkPath checks the path of a private key.
func checkPath(value string) *offsetError {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return errorAt(0, "control character in a path")
	}
	return nil
}

// applyInventory gives the hosts of the inventories their settings. A host whose variables cannot
// be used is an error: ssh would reach another one, or none.
func (r *resolver) applyInventory(all []Host) ([]Host, error) {
	if r.inventory == nil {
		return all, nil
	}
	all = slices.Clone(all)
	ignored := map[string][]string{} // the hosts that set a variable, by its name
	for i := range all {
		name := all[i].Addr
		if !r.inventory.Has(name) {
			continue
		}
		if err := r.askVars(name); err != nil {
			return nil, err
		}
		vars := r.inventory.Vars(name)
		s, err := parseSettings(vars)
		if err != nil {
			return nil, fmt.Errorf("inventory: host %s: %w\nhint: -x %[1]s excludes it", name, err)
		}
		if s != (Settings{}) {
			all[i].Settings = &s
		}
		for _, argument := range argumentVars() {
			if vars[argument].Text != "" {
				ignored[argument] = append(ignored[argument], name)
			}
		}
	}
	for _, name := range argumentVars() {
		if hosts := ignored[name]; len(hosts) > 0 {
			r.note("%s of the inventory is not used (%s)\nhint: -o OPTION and -J HOST give options to ssh", name, Fold(hosts))
		}
	}
	return all, nil
}

// askVars asks the programs that have not printed a host's variables yet (--host).
func (r *resolver) askVars(name string) error {
	for _, program := range r.inventory.Unasked(name) {
		answer, err := r.sys.ask(r.ctx, []string{program, "--host", name}, keepAnswers)
		if err == nil {
			err = r.inventory.AddVars(name, answer)
		}
		if err != nil {
			return fmt.Errorf("inventory %q: run it with --host %s: %w", program, name, err)
		}
	}
	return nil
}

// parseSettings returns the settings that a host's variables make.
func parseSettings(vars inventory.Vars) (s Settings, err error) {
	for _, field := range settings() {
		name, value := lastOf(vars, field.vars)
		if name == "" {
			continue
		}
		if err := checkValue(name, value); err != nil {
			return s, err
		}
		if bad := field.check(value.Text); bad != nil {
			return s, fmt.Errorf("%s %q: %s", name, escape(value.Text), bad.problem)
		}
		*field.field(&s) = value.Text
	}
	connection := vars[connectionVar]
	if err := checkValue(connectionVar, connection); err != nil {
		return s, err
	}
	s.Transport, err = transport(connection.Text)
	return s, err
}

// lastOf returns the last of the variables that is set, and not to empty text.
func lastOf(vars inventory.Vars, names []string) (name string, value inventory.Value) {
	for _, candidate := range slices.Backward(names) {
		if v, set := vars[candidate]; set && v != (inventory.Value{}) {
			return candidate, v
		}
	}
	return "", inventory.Value{}
}

// checkValue refuses a value that is not text, or that is text only to Ansible.
func checkValue(name string, v inventory.Value) error {
	switch {
	case v.Problem != "":
		return fmt.Errorf("%s %s", name, v.Problem)
	case strings.Contains(v.Text, "{{") || strings.Contains(v.Text, "{%"):
		return fmt.Errorf("%s %q is a template, which only ansible can expand", name, escape(v.Text))
	}
	return nil
}

// transport returns what reaches a host of that ansible_connection, "" for ssh. The name of a
// plugin may have its collection before it.
func transport(connection string) (string, error) {
	switch connection[strings.LastIndexByte(connection, '.')+1:] {
	case "", "ssh", "smart", "paramiko", "paramiko_ssh":
		return "", nil
	case "docker", "docker_api":
		return "docker", nil
	case "podman":
		return "podman", nil
	case "kubectl":
		return "kubectl", nil
	case "local":
		return "", fmt.Errorf("%s is local: it is this machine, not a host", connectionVar)
	}
	return "", fmt.Errorf("%s %q: clsh does not know it", connectionVar, escape(connection))
}
