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

// resolve returns the hosts of a LIST. A source of groups may take long: ^C and signals
// interrupt it.
func (s *session) resolve(list string) (hosts.List, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var found hosts.List
	var err error
	ask := func() { found, err = s.cfg.Resolve(ctx, list) }
	if err := s.attend(ask, func(sig syscall.Signal) {
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

// rankOf returns the rank of a host in the session, or -1.
func (s *session) rankOf(host hosts.Host) int {
	return slices.IndexFunc(s.list, func(h hosts.Host) bool { return h.Name == host.Name })
}

// members returns the names of the hosts that have not been dropped.
func (s *session) members() []string {
	var names []string
	for rank, host := range s.list {
		if s.shells.State(rank) != shells.Left {
			names = append(names, host.Name)
		}
	}
	return names
}

// ranks returns the ranks of a LIST's hosts, all of which must be in the session.
func (s *session) ranks(list string) ([]int, error) {
	found, err := s.resolve(list)
	if err != nil {
		return nil, err
	}
	var ranks []int
	var unknown []string
	for _, host := range found {
		rank := s.rankOf(host)
		if rank < 0 || s.shells.State(rank) == shells.Left {
			unknown = append(unknown, host.Name)
			continue
		}
		ranks = append(ranks, rank)
	}
	if len(unknown) > 0 {
		return nil, ownError(fmt.Sprintf("%s: not in this session; :add connects to more, :hosts shows them", hosts.Fold(unknown)))
	}
	return ranks, nil
}

// targets returns the ranks that a command is for.
func (s *session) targets() []int {
	ranks := slices.Clone(s.only)
	if s.only == nil {
		for rank := range s.list {
			ranks = append(ranks, rank)
		}
	}
	return slices.DeleteFunc(ranks, func(rank int) bool { return s.aside[rank] })
}

// setOnly makes commands go to the hosts of a LIST only.
func (s *session) setOnly(list string) error {
	ranks, err := s.ranks(list)
	if err == nil {
		s.only = ranks
	}
	return err
}

// on runs a command on the hosts of a LIST, which ends at the first space.
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

// add connects to more hosts, and again to those that were dropped.
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
			s.connectAgain(rank)
		case s.shells.State(rank) == shells.Lost:
			lost = append(lost, rank)
		}
	}
	if err := s.fits(len(s.list) + len(fresh)); err != nil {
		return ownError(err.Error())
	}
	s.list = append(slices.Clip(s.list), fresh...)
	s.aside = append(s.aside, make([]bool, len(fresh))...)
	if err := s.renewIdleSink(); err != nil {
		return err
	}
	s.shells.Add(fresh)
	if len(lost) > 0 {
		return ownError(fmt.Sprintf("%s: lost, and still in this session; :reconnect connects again", s.fold(lost)))
	}
	return nil
}

// connectAgain connects to a host that was lost or dropped.
func (s *session) connectAgain(rank int) {
	s.aside[rank] = false
	s.shells.Reconnect(rank)
}

// drop leaves the hosts of a LIST.
func (s *session) drop(list string) error {
	ranks, err := s.ranks(list)
	for _, rank := range ranks {
		s.aside[rank] = true
		s.shells.Leave(rank)
	}
	return err
}

// reconnect connects to lost hosts again: to those of a LIST, or to all.
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
		s.connectAgain(rank)
	}
	return nil
}
