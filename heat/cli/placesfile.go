package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"clsh/heat/combine"
	"clsh/heat/options"
	"clsh/heat/places"
	"clsh/hosts"
)

// placesKeys are the keys about places, as texts.
type placesKeys map[string]string

// takePlaces takes the keys about places out of a check's.
func takePlaces(all map[string]any) (p placesKeys, err error) {
	p = placesKeys{}
	for _, key := range []string{"from", "quorum", "quorum-min", "place-rise", "place-fall", "ssh-config"} {
		switch v := all[key].(type) {
		case nil:
			continue
		case string:
			p[key] = v
		case int64:
			p[key] = strconv.FormatInt(v, 10)
		default:
			err = fmt.Errorf("%s: neither a text nor a number", key)
		}
		if p[key] == "" && err == nil {
			err = fmt.Errorf("%s: is empty", key)
		}
		delete(all, key)
	}
	if _, probe := all["probe"]; probe && p["from"] != "" && err == nil {
		err = errors.New("from: does not go with probe, which runs here\nhint: command = \"TEXT\" is for the shell of each place")
	}
	return p, err
}

// open checks the keys. It returns what connects to the places, nil if there are none, and their names.
// Keys without from, which may stand above the first table for other checks, mean nothing.
func (p placesKeys) open(sys hosts.System) (connect options.Places, names string, err error) {
	if p["from"] == "" {
		return nil, "", nil
	}
	spec := places.Spec{}
	if file := p["ssh-config"]; file != "" {
		if spec.SSHConfig, err = filepath.Abs(file); err == nil {
			_, err = os.Stat(spec.SSHConfig)
		}
		if err != nil {
			return nil, "", fmt.Errorf("ssh-config: %w", err)
		}
		sys.SSHConfig = spec.SSHConfig
	}
	spec.Hosts, _, err = hosts.Selection{Hosts: []string{p["from"]}}.Resolve(context.Background(), sys)
	if err != nil {
		return nil, "", fmt.Errorf("from: %s", strings.TrimPrefix(err.Error(), "-h: ")) // clsh's option
	}
	if spec.Quorum, err = combine.ParseQuorum(cmp.Or(p["quorum"], ">18%")); err != nil {
		return nil, "", fmt.Errorf("quorum: %w", err)
	}
	if spec.Voters, err = combine.ParseVoters(cmp.Or(p["quorum-min"], "50%"), len(spec.Hosts)); err != nil {
		return nil, "", fmt.Errorf("quorum-min: %w", err)
	}
	for _, c := range []struct {
		key string
		to  *int
	}{{"place-rise", &spec.Rules.Rise}, {"place-fall", &spec.Rules.Fall}} {
		if *c.to, err = strconv.Atoi(cmp.Or(p[c.key], "1")); err != nil || *c.to < 1 {
			return nil, "", fmt.Errorf("%s %q: must be a number, at least 1", c.key, p[c.key])
		}
	}
	var list strings.Builder
	for _, h := range spec.Hosts {
		fmt.Fprintf(&list, " %+v", h)
	}
	return func(s options.PlacesSpec) (options.PlacesRun, error) {
		spec.Command, spec.Environ, spec.Limit, spec.KillAfter = s.Command, s.Environ, s.Limit, s.KillAfter
		spec.Ignored, spec.Logf = s.Ignored, s.Logf
		return places.Open(spec)
	}, list.String(), nil
}

// groupLimit is how long the command of a group source may take.
const groupLimit = 10 * time.Second

// placesSystem is what a LIST of places may look at.
func placesSystem(environ []string) hosts.System {
	getenv := func(name string) string {
		for _, variable := range environ {
			if value, ok := strings.CutPrefix(variable, name+"="); ok {
				return value
			}
		}
		return ""
	}
	run := func(ctx context.Context, argv []string) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, groupLimit)
		defer cancel()
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Env, cmd.WaitDelay = environ, time.Second
		return cmd.Output()
	}
	return hosts.System{Getenv: getenv, Home: getenv("HOME"), ConfigHome: getenv("XDG_CONFIG_HOME"), UID: os.Getuid(), Run: run}
}
