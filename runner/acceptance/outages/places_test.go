//go:build cluster && linux

package outages

import (
	"fmt"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
	"clsh/runner/sshtest/cluster"
)

// heat's places behind cables of their own. docs/heat.md has the table of it.

const (
	placesCount = 5
	partitions  = 1 << placesCount
	// pulse is the interval of the checks.
	pulse = 2 * time.Second
	// servicePort is what the checks connect to.
	servicePort = 7
	// threshold is how many failures start a recovery.
	threshold = 2
)

// A fleet is five places, a service, and 32 checks: the places have an address for each of them, and
// so has the service, so that each check can be cut off in another way at the same time. Bit i of a
// check's number is place i.
type fleet struct {
	*testing.T
	places  []*cluster.Host
	watches []*heatWatch // of heats; each has eight of the checks
}

func placeAddress(check, place int) string { return fmt.Sprintf("198.18.%d.%d", 100+check, 1+place) }
func serviceAddress(check int) string      { return fmt.Sprintf("198.18.200.%d", 1+check) }

// TestPlaces cuts places off from the monitor, the places from the service, and does worse to some.
func TestPlaces(t *testing.T) {
	ground := cluster.Open(t, "netns", "")
	s := sshtest.New(t)
	f := &fleet{T: t}
	for i := range placesCount {
		h := ground.Host(t, s, fmt.Sprintf("place%d", i+1), "MaxStartups 200")
		addresses := make([]string, partitions)
		for check := range addresses {
			addresses[check] = placeAddress(check, i)
		}
		h.Run(addAddresses(addresses))
		f.places = append(f.places, h)
	}
	s.Host("198.18.1*.*", "Port 22", "User root", "ProxyCommand none", "HostKeyAlias place")
	service := ground.Host(t, s, "service")
	addresses := make([]string, partitions)
	for check := range addresses {
		addresses[check] = serviceAddress(check)
	}
	service.Run(addAddresses(addresses))
	service.Listen(servicePort)
	var tables, table string
	t.Run("all", func(t *testing.T) { // at once, for they mostly wait
		t.Run("partitions", func(t *testing.T) {
			t.Parallel()
			tables = f.partition(t, s)
		})
		t.Run("mishaps", func(t *testing.T) {
			t.Parallel()
			table = mishaps(t, s, ground, f.places)
		})
	})
	if !t.Failed() {
		tabulate(t, "docs/heat.md", tables+table)
	}
}

func addAddresses(list []string) string {
	return "for a in " + strings.Join(list, " ") + "; do ip addr add $a/16 dev eth0 || exit; done"
}

// start starts the heats one after another, as each of them logs in to all its places at once.
func (f *fleet) start(s *sshtest.Site) (stop func()) {
	f.Helper()
	const each = 8
	var commands []*clshtest.Command
	for first := 0; first < partitions; first += each {
		var config strings.Builder
		for check := first; check < first+each; check++ {
			fmt.Fprintf(&config, "[check.c%d]\nfrom = \"198.18.%d.[1-%d]\"\ncommand = \"bash -c 'exec 3<>/dev/tcp/%s/%d'\"\n",
				check, 100+check, placesCount, serviceAddress(check), servicePort)
		}
		c, w := startHeat(f.T, s, config.String())
		f.watches, commands = append(f.watches, w), append(commands, c)
		sshtest.WaitFor(f.T, "all places see the service", func() bool {
			for check := first; check < first+each; check++ {
				if !w.shows(checkName(check), time.Time{}, votes(placesCount, placesCount)) {
					return false
				}
			}
			return true
		})
	}
	return func() {
		for _, c := range commands {
			c.Signal(syscall.SIGTERM)
		}
		for _, c := range commands {
			if code := c.Wait(); code != 143 {
				f.Errorf("exit status %d of heat, want 143", code)
			}
		}
	}
}

// startHeat starts heat on a file of checks.
func startHeat(t *testing.T, s *sshtest.Site, config string) (*clshtest.Command, *heatWatch) {
	t.Helper()
	dir := t.TempDir()
	config = fmt.Sprintf("ssh-config = %q\nlog = \"-\"\ninterval = %v\nkill-after = 1\nthreshold = %d\nrecovery = \"true\"\n%s",
		s.Config(), pulse.Seconds(), threshold, config)
	if err := os.WriteFile(filepath.Join(dir, "checks.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &heatWatch{}
	cmd := exec.Command("heat", "--format", "json", "--config", "checks.toml")
	cmd.Env, cmd.Dir, cmd.Stdout = s.Env(), dir, w
	return clshtest.StartCmd(t, cmd), w
}

func checkName(check int) string { return fmt.Sprintf("c%d", check) }

func votes(voted, up int) string {
	return fmt.Sprintf("%d of %d places voted, %d up", voted, placesCount, up)
}

func (f *fleet) watch(check int) *heatWatch { return f.watches[check/(partitions/len(f.watches))] }

// lacks returns how many places a check has lost in its partition.
func lacks(check int) int { return bits.OnesCount(uint(check)) }

// cut filters packets on each place. monitor and service say whether a place of a check is cut off
// from one of them. The monitor's packets are dropped silently; the service refuses connections,
// because how long a place takes to find out is its own business (curl --max-time).
func (f *fleet) cut(monitor, service func(check, place int) bool) {
	f.Helper()
	for i, h := range f.places {
		var own, theirs []string
		for check := range partitions {
			if monitor(check, i) {
				own = append(own, placeAddress(check, i))
			}
			if service(check, i) {
				theirs = append(theirs, serviceAddress(check))
			}
		}
		var in, out string
		if len(own) > 0 {
			in = "ip daddr { " + strings.Join(own, ", ") + " } drop"
			out = "ip saddr { " + strings.Join(own, ", ") + " } drop\n"
		}
		if len(theirs) > 0 {
			out += fmt.Sprintf("ip daddr { %s } tcp dport %d reject with tcp reset", strings.Join(theirs, ", "), servicePort)
		}
		h.Run("nft -f - <<'END'\ntable inet partition {}\ndelete table inet partition\ntable inet partition {\n" +
			"chain in { type filter hook input priority 0\n" + in + "\n}\nchain out { type filter hook output priority 0\n" + out + "\n}\n}\nEND")
	}
}

func nobody(int, int) bool           { return false }
func everybody(int, int) bool        { return true }
func byNumber(check, place int) bool { return check>>place&1 == 1 }

// A finding is what became of the check of one partition.
type finding struct {
	result              string
	reported, recovered time.Duration // since the cut; 0: not at all
}

// find waits until each check shows the votes of its partition, and three times so if it must not
// repair anything.
func (f *fleet) find(since time.Time, what string, want func(check int) (result string, voted, up int)) (found [partitions]finding) {
	f.Helper()
	for check := range found {
		result, voted, up := want(check)
		w, name := f.watch(check), checkName(check)
		sshtest.WaitFor(f.T, fmt.Sprintf("%s, partition %05b: %s", what, check, result), func() bool {
			seen := w.after(name, since, votes(voted, up))
			if len(seen) == 0 {
				return false
			}
			found[check] = finding{result: seen[0].Result, reported: seen[0].at.Sub(since), recovered: w.recovered(name, since)}
			if result == "failed" {
				return found[check].recovered != 0
			}
			return len(seen) > threshold
		})
		if found[check].result != result {
			f.Errorf("%s, partition %05b: %s, want %s", what, check, found[check].result, result)
		}
		if result != "failed" && w.recovered(name, since) != 0 {
			f.Errorf("%s, partition %05b: repaired, though it is %s", what, check, result)
		}
	}
	return found
}

// partition has each partition between monitor and places, while the service is up and while it is
// down, and each between places and service. It returns the tables.
func (f *fleet) partition(t *testing.T, s *sshtest.Site) string {
	t.Helper()
	f = &fleet{T: t, places: f.places}
	stop := f.start(s)
	defer stop()

	began := time.Now()
	f.cut(nobody, byNumber)
	blind := f.find(began, "places and service", func(check int) (string, int, int) {
		up := placesCount - lacks(check)
		return state(placesCount, up), placesCount, up
	})
	began = time.Now()
	f.cut(nobody, nobody)
	for check := range partitions {
		sshtest.WaitFor(t, fmt.Sprintf("partition %05b is healed", check), func() bool {
			return f.watch(check).shows(checkName(check), began, votes(placesCount, placesCount))
		})
	}

	began = time.Now()
	f.cut(byNumber, nobody)
	lost := f.find(began, "monitor and places", func(check int) (string, int, int) {
		voted := placesCount - lacks(check)
		return state(voted, voted), voted, voted
	})
	began = time.Now()
	f.cut(byNumber, everybody)
	down := f.find(began, "monitor and places, the service is down", func(check int) (string, int, int) {
		voted := placesCount - lacks(check)
		return state(voted, 0), voted, 0
	})
	began = time.Now()
	f.cut(nobody, everybody)
	f.find(began, "monitor and places again", func(int) (string, int, int) { return "failed", placesCount, 0 })
	f.cut(nobody, nobody)
	return monitorTable(t, lost, down) + "\n" + serviceTable(t, blind) + "\n"
}

// state is what a check must be: unknown if fewer than half of the places vote, else good if more
// than 18 % of them see the service.
func state(voted, up int) string {
	switch {
	case 2*voted < placesCount:
		return "unknown"
	case 100*up > 18*voted:
		return "ok"
	}
	return "failed"
}
