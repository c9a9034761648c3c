package prompt

import (
	"clsh/hosts"
	"clsh/runner/shells"
)

// states prints the hosts by their state.
func (s *session) states() error {
	const setAside = "set aside"
	names := map[string][]string{}
	for rank, host := range s.list {
		state := s.shells.State(rank)
		name := state.String()
		if state == shells.Lost && s.aside[rank] {
			name = setAside
		}
		names[name] = append(names[name], host.Name)
	}
	for _, name := range []string{
		shells.Connecting.String(), shells.Ready.String(), shells.Running.String(), shells.Lost.String(), setAside,
	} {
		if list := names[name]; len(list) > 0 {
			if err := s.printLine("%s: %s (%d)", name, hosts.Fold(list), len(list)); err != nil {
				return err
			}
		}
	}
	return nil
}
