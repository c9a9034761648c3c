package shell

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"clsh/hosts"
	"clsh/runner"
)

// ownError is what is told of a line of ours that was wrong.
type ownError string

func (e ownError) Error() string { return string(e) }

// help is the answer to :help.
const help = `!command          runs here; its output is shown as LOCAL:
:!command, :sh    runs here, on the terminal itself; a shell here
quit, exit, ^D    leaves
:hosts            the hosts by state
:only LIST, :all  talk to these only; to all again
:on LIST command  this command on these hosts only
:add LIST         connect to more
:drop LIST        leave some
:reconnect [LIST] connect again to lost hosts
:gather, :lines   how results are shown
:timeout D        limit for each command, 0: none
:save FILE        write the last results to FILE; :save! over an existing one
Every other line goes to the hosts.`

// isCommand tells whether a line is ours: a colon before a letter or a mark.
func isCommand(text string) bool {
	if len(text) < 2 || text[0] != ':' {
		return false
	}
	c := text[1]
	return c == '!' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// colonNames are the names after a colon, for completion.
func colonNames() []string {
	return []string{"add", "all", "drop", "gather", "help", "hosts", "lines", "on", "only", "reconnect", "save", "save!", "sh", "timeout"}
}

// colon does a line of ours, without its colon.
func (s *session) colon(text string) error {
	if command, ok := strings.CutPrefix(text, "!"); ok {
		if strings.TrimSpace(command) == "" {
			return ownError(":!command runs a command here; :sh is a shell")
		}
		return s.owner(command)
	}
	name, arg, _ := strings.Cut(text, " ")
	arg = strings.TrimSpace(arg)
	switch name {
	case "help", "hosts", "all", "gather", "lines", "sh":
		if arg != "" {
			return ownError(fmt.Sprintf(":%s takes nothing after it, and got %q", name, arg))
		}
	case "only", "on", "add", "drop", "save", "save!", "timeout":
		if arg == "" {
			return ownError(fmt.Sprintf(":%s: what? (:help shows how)", name))
		}
	}
	switch name {
	case "help":
		return s.tell("%s", help)
	case "hosts":
		return s.states()
	case "all":
		s.only = nil
	case "gather", "lines":
		s.gather = name == "gather"
	case "sh":
		return s.owner("")
	case "only":
		return s.setOnly(arg)
	case "on":
		return s.on(arg)
	case "add":
		return s.add(arg)
	case "drop":
		return s.drop(arg)
	case "reconnect":
		return s.reconnect(arg)
	case "timeout":
		return s.setTimeout(arg)
	case "save", "save!":
		if err := s.kept.save(arg, name == "save!"); err != nil {
			return ownError(err.Error())
		}
	default:
		return ownError(fmt.Sprintf(":%s is no command of clsh's; :help shows them. For a line that begins so on the hosts, put a blank between", name))
	}
	return nil
}

// ranks returns the hosts of a LIST that are in the session.
func (s *session) ranks(list string) ([]int, error) {
	found, err := s.cfg.Resolve(list)
	if err != nil {
		return nil, ownError(err.Error())
	}
	var ranks []int
	var strangers []string
	for _, host := range found {
		rank := slices.IndexFunc(s.list, func(h hosts.Host) bool { return h.Name == host.Name })
		if rank < 0 || s.shells.State(rank) == runner.ShellLeft {
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
		return ownError(":on LIST command: the command is missing; a LIST here has no blanks")
	}
	ranks, err := s.ranks(list)
	if err != nil {
		return err
	}
	ranks = slices.DeleteFunc(ranks, func(rank int) bool { return s.aside[rank] })
	return s.command(command, ranks)
}

// add connects to more hosts, and again to those that were left.
func (s *session) add(list string) error {
	found, err := s.cfg.Resolve(list)
	if err != nil {
		return ownError(err.Error())
	}
	var fresh hosts.List
	for _, host := range found {
		rank := slices.IndexFunc(s.list, func(h hosts.Host) bool { return h.Name == host.Name })
		switch {
		case rank < 0:
			fresh = append(fresh, host)
		case s.shells.State(rank) == runner.ShellLeft:
			s.aside[rank] = false
			s.shells.Reconnect(rank)
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
	return nil
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
	n := 0
	for _, rank := range ranks {
		if s.shells.State(rank) == runner.ShellLost {
			s.aside[rank] = false
			s.shells.Reconnect(rank)
			n++
		}
	}
	if n == 0 {
		return ownError("none of them is lost")
	}
	return nil
}

// setTimeout reads a number of seconds, or 1.5s, 2m.
func (s *session) setTimeout(text string) error {
	d, err := time.ParseDuration(text)
	if seconds, numberErr := strconv.ParseFloat(text, 64); numberErr == nil {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || d < 0 {
		return ownError(fmt.Sprintf(":timeout %s: a number of seconds, or 1.5s, 2m; 0 is no limit", text))
	}
	s.timeout = d
	return nil
}
