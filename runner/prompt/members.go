package prompt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"clsh/hosts"
	"clsh/runner/shells"
)

// Which hosts there are, and which of them are talked to.

// resolve returns the hosts of a LIST. What it asks for them may take long (a
// group source's command): ^C and signals end it.
func (s *session) resolve(list string) (hosts.List, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var found hosts.List
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		found, err = s.cfg.Resolve(ctx, list)
	}()
	if err := s.attend(done, func(sig syscall.Signal) {
		if sig != 0 {
			s.ended = sig
		}
		cancel()
	}); err != nil {
		return nil, err
	}
	switch {
	case ctx.Err() != nil:
		return nil, ownError("interrupted: nothing is done")
	case err != nil:
		return nil, ownError(err.Error())
	}
	return found, nil
}

// rankOf returns a host's place in the session, or -1.
func (s *session) rankOf(host hosts.Host) int {
	return slices.IndexFunc(s.list, func(h hosts.Host) bool { return h.Name == host.Name })
}

// members are the names of the hosts that have not been left.
func (s *session) members() []string {
	var names []string
	for rank, host := range s.list {
		if s.shells.State(rank) != shells.Left {
			names = append(names, host.Name)
		}
	}
	return names
}

// ranks returns the hosts of a LIST that are in the session.
func (s *session) ranks(list string) ([]int, error) {
	found, err := s.resolve(list)
	if err != nil {
		return nil, err
	}
	var ranks []int
	var strangers []string
	for _, host := range found {
		rank := s.rankOf(host)
		if rank < 0 || s.shells.State(rank) == shells.Left {
			strangers = append(strangers, host.Name)
			continue
		}
		ranks = append(ranks, rank)
	}
	if len(strangers) > 0 {
		return nil, ownError(fmt.Sprintf("%s: not in this session; :add connects to more, :hosts shows them", hosts.Fold(strangers)))
	}
	return ranks, nil
}

// targets are the ranks that a command is for.
func (s *session) targets() []int {
	ranks := slices.Clone(s.only)
	if s.only == nil {
		for rank := range s.list {
			ranks = append(ranks, rank)
		}
	}
	return slices.DeleteFunc(ranks, func(rank int) bool { return s.aside[rank] })
}

func (s *session) setOnly(list string) error {
	ranks, err := s.ranks(list)
	if err == nil {
		s.only = ranks
	}
	return err
}

// on runs a command on some hosts. A LIST with blanks in it would be ambiguous.
func (s *session) on(arg string) error {
	list, command, _ := strings.Cut(arg, " ")
	if strings.TrimSpace(command) == "" {
		return ownError(":on: missing command; LIST must not contain spaces")
	}
	ranks, err := s.ranks(list)
	if err != nil {
		return err
	}
	return s.command(command, slices.DeleteFunc(ranks, func(rank int) bool { return s.aside[rank] }))
}

// add connects to more hosts, and again to those that were left.
func (s *session) add(list string) error {
	found, err := s.resolve(list)
	if err != nil {
		return err
	}
	var fresh hosts.List
	var lost []int
	for _, host := range found {
		rank := s.rankOf(host)
		switch {
		case rank < 0:
			fresh = append(fresh, host)
		case s.shells.State(rank) == shells.Left:
			s.again(rank)
		case s.shells.State(rank) == shells.Lost:
			lost = append(lost, rank)
		}
	}
	if err := s.fits(len(s.list) + len(fresh)); err != nil {
		return ownError(err.Error())
	}
	s.list = append(slices.Clip(s.list), fresh...)
	s.aside = append(s.aside, make([]bool, len(fresh))...)
	if err := s.renew(); err != nil {
		return err
	}
	s.shells.Add(fresh)
	if len(lost) > 0 {
		return ownError(fmt.Sprintf("%s: lost, and still in this session; :reconnect connects again", s.fold(lost)))
	}
	return nil
}

// again connects to a host once more.
func (s *session) again(rank int) {
	s.aside[rank] = false
	s.shells.Reconnect(rank)
}

func (s *session) drop(list string) error {
	ranks, err := s.ranks(list)
	for _, rank := range ranks {
		s.aside[rank] = true
		s.shells.Leave(rank)
	}
	return err
}

// reconnect connects again to lost hosts: to those of a LIST, or to all.
func (s *session) reconnect(list string) error {
	var ranks []int
	if list == "" {
		for rank := range s.list {
			ranks = append(ranks, rank)
		}
	} else {
		var err error
		if ranks, err = s.ranks(list); err != nil {
			return err
		}
	}
	ranks = slices.DeleteFunc(ranks, func(rank int) bool { return s.shells.State(rank) != shells.Lost })
	if len(ranks) == 0 {
		return ownError("none of them is lost")
	}
	for _, rank := range ranks {
		s.again(rank)
	}
	return nil
}

// states shows where every host stands.
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
			if err := s.tell("%s: %s (%d)", name, hosts.Fold(list), len(list)); err != nil {
				return err
			}
		}
	}
	return nil
}
