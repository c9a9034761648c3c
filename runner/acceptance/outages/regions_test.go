//go:build cluster && linux

package outages

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
	"clsh/runner/sshtest/cluster"
)

// A visitor asks the region that has the traffic every 50 ms.
type visitor struct {
	mu    sync.Mutex
	dir   string
	addrs map[string]string
	// seen has what was seen, in order: the name of a region, or "error"; the same only once.
	seen   []string
	counts []int // of each of seen
}

// traffic returns where the hooks have moved the traffic so far.
func (v *visitor) traffic() []string {
	text, _ := os.ReadFile(filepath.Join(v.dir, "traffic")) // none: nothing has moved
	return append([]string{"europe"}, strings.Fields(string(text))...)
}

func (v *visitor) ask() {
	moves := v.traffic()
	side := moves[len(moves)-1]
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", v.addrs[side], servicePort), 500*time.Millisecond)
	if err == nil {
		_ = conn.Close()
	} else {
		side = "error"
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if n := len(v.seen); n == 0 || v.seen[n-1] != side {
		v.seen, v.counts = append(v.seen, side), append(v.counts, 0)
	}
	v.counts[len(v.counts)-1]++
}

// sees waits until the visitor sees a region.
func (v *visitor) sees(t *testing.T, side string) {
	t.Helper()
	sshtest.WaitFor(t, "the visitor sees "+side, func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		return len(v.seen) > 0 && v.seen[len(v.seen)-1] == side
	})
}

// start has it ask until stop is called.
func (v *visitor) start() (stop func()) {
	done := make(chan struct{})
	var asking sync.WaitGroup
	asking.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				v.ask()
			}
		}
	})
	return func() { close(done); asking.Wait() }
}

// TestTwoRegions runs the example of docs/heat.md over cables: a region that is unplugged loses the
// traffic and gets it back, and a monitor without places moves nothing.
func TestTwoRegions(t *testing.T) {
	ground := cluster.Open(t, "netns", "")
	s := sshtest.New(t)
	hosts := map[string]*cluster.Host{}
	for _, name := range []string{"fra1", "iad1", "sin1", "syd1", "europe", "america"} {
		hosts[name] = ground.Host(t, s, name)
	}
	places := []*cluster.Host{hosts["fra1"], hosts["iad1"], hosts["sin1"], hosts["syd1"]}
	v := &visitor{dir: t.TempDir(), addrs: map[string]string{}}
	example := clshtest.Example(t, "docs/heat.md", "\nTwo regions,", "toml")
	for _, region := range []string{"europe", "america"} {
		hosts[region].Listen(servicePort)
		v.addrs[region] = hosts[region].Addr
		example = strings.ReplaceAll(example, "curl -fsS https://"+region+".example.org/health",
			fmt.Sprintf("timeout 1 bash -c 'exec 3<>/dev/tcp/%s/%d'", hosts[region].Addr, servicePort))
	}
	example = strings.NewReplacer("/etc/heat/dns", v.dir+"/dns", "logger", "true", "10m", "2", "/var/lib/heat/", v.dir+"/").Replace(example)
	for name, text := range map[string]string{
		"dns":         "#!/bin/sh\necho $1 >>" + v.dir + "/traffic\n",
		"checks.toml": fmt.Sprintf("ssh-config = %q\ninterval = 0.5\ntimeout = 20\nlog = \"-\"\n%s", s.Config(), example),
	} {
		if err := os.WriteFile(filepath.Join(v.dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w := &heatWatch{}
	cmd := exec.Command("heat", "--format", "json", "--config", "checks.toml")
	cmd.Env, cmd.Dir, cmd.Stdout = s.Env(), v.dir, w
	c := clshtest.StartCmd(t, cmd)
	for _, region := range []string{"europe", "america"} {
		sshtest.WaitFor(t, "the places see "+region, func() bool { return w.shows(region, time.Time{}, "3 of 3 places voted, 3 up") })
	}

	stop := v.start()
	v.sees(t, "europe")
	hosts["europe"].Cut(cluster.Down)
	v.sees(t, "america")
	hosts["europe"].Heal()
	v.sees(t, "europe")
	for _, place := range places {
		place.Cut(cluster.Drop)
	}
	began := time.Now()
	sshtest.WaitFor(t, "nothing is known of europe", func() bool { return w.shows("europe", began, "0 of 3 places voted, 0 up") })
	hosts["europe"].Cut(cluster.Down)
	unknown := len(w.after("europe", began, "0 of 3 places voted, 0 up"))
	sshtest.WaitFor(t, "five more checks", func() bool { return len(w.after("europe", began, "0 of 3 places voted, 0 up")) >= unknown+5 })
	if got, want := v.traffic(), []string{"europe", "america", "europe"}; !slices.Equal(got, want) {
		t.Errorf("without places the traffic went %v, want %v", got, want)
	}
	for _, place := range places {
		place.Heal()
	}
	v.sees(t, "america")
	stop()
	t.Logf("the visitor saw %v, %v times", v.seen, v.counts)
	if want := []string{"europe", "error", "america", "europe", "error", "america"}; !slices.Equal(v.seen, want) {
		t.Errorf("the visitor saw %v, want %v", v.seen, want)
	}
	c.Signal(syscall.SIGTERM)
	if code := c.Wait(); code != 143 {
		t.Errorf("exit status %d of heat, want 143", code)
	}
}
