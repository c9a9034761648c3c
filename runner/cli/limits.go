package cli

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"

	"clsh/runner/cli/system"
	"clsh/runner/cli/usage"
	"clsh/runner/conn"
)

// minProcesses is how many processes and threads a user must be allowed, beside
// hostProcesses for each host at a time: ssh, a ProxyCommand, a thread. With fewer, Go
// cannot start a thread when it has to, and dies of that with a trace.
const minProcesses, hostProcesses = 64, 3

// processFanout returns the fan-out that the limit of processes allows (getrlimit(2),
// RLIMIT_NPROC, which does not bind root); 0: none. What else the user runs counts,
// too, but nobody knows for how long.
func processFanout() int {
	var limit unix.Rlimit
	switch {
	case os.Geteuid() == 0, unix.Getrlimit(unix.RLIMIT_NPROC, &limit) != nil:
		return math.MaxInt
	case limit.Cur < minProcesses:
		return 0
	}
	return max(1, (int(min(limit.Cur, 1<<20))-minProcesses)/hostProcesses)
}

// fanout returns the fan-out that the limits of open files and processes allow.
func (c *Command) fanout(sys *system.System) (int, error) {
	most, what := conn.MaxFanout(), "open files than this process may have (ulimit -n)"
	if most == 0 {
		return 0, usage.Errorf("ulimit -n: fewer than %d open files are allowed\nhint: raise the hard limit: ulimit -n 1024 as root, LimitNOFILE= in a unit", conn.MinFiles)
	}
	if n := processFanout(); n == 0 {
		return 0, usage.Errorf("ulimit -u: fewer than %d processes are allowed\nhint: raise the limit: ulimit -u 1024, nproc in /etc/security/limits.conf, TasksMax= in a unit", minProcesses)
	} else if n < most {
		most, what = n, "processes than this user may have (ulimit -u)"
	}
	if c.Fanout > most && !c.Quiet {
		fmt.Fprintf(sys.Stderr, "Note: a fan-out of %d needs more %s; using %d\n", c.Fanout, what, most)
	}
	return min(c.Fanout, most), nil
}
