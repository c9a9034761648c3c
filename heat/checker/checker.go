package checker

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"clsh/heat/executable"
	"clsh/heat/policy"
)

// HelperName is the name (argv[0]) under which Linux has a helper. What
// follows it are limit and grace in nanoseconds, the file to run and its
// arguments, for whoever reads a process list.
const HelperName = "heat-helper"

// Spec is the command that a Checker runs, and its bounds.
type Spec struct {
	// Path is the file to run, Args its arguments with its name as the first.
	// A file that the kernel does not know how to run is given to /bin/sh,
	// as execvp(3) does.
	Path string
	Args []string
	Env  []string
	// Limit is how long a check may run; 0 is no limit.
	Limit time.Duration
	// Grace is the time between SIGTERM and SIGKILL.
	Grace time.Duration
	// Keep is how many bytes of each stream a Report has at most.
	Keep int
	// Output, if set, gets what a check prints on either stream as it comes, one call at a time.
	// While it does not return, the end of the check is not delivered. The bytes are the
	// Checker's again when it returns.
	Output func([]byte)
	// Stderr is where the helper's own last words go, should it crash; nil: nowhere.
	Stderr *os.File
}

// Output is what a check wrote to one of its streams.
type Output struct {
	Data []byte
	// Dropped is the number of bytes that came after Data and were not kept.
	Dropped int64
}

// Report is the end of one check.
type Report struct {
	Outcome policy.Outcome
	Code    int            // 0 to 255, as the console shows it
	Signal  syscall.Signal // that ended it, or 0
	Pid     int            // 0 where nothing was started
	// Stopped says that Stop ended it; Outcome means nothing then.
	Stopped bool
	// Left is the number of its processes that could not be ended.
	Left int
	// Votes is Result.Votes of package policy.
	Votes string
	// Err says why nothing was started, for CannotRun.
	Err error
	// Stdout and Stderr are the Checker's again when the next check starts.
	Stdout, Stderr Output
}

// ErrLost is in the report of a check whose end nobody has seen: the process
// that ran it was killed. All of the check has been ended.
var ErrLost = errors.New("the check was lost: the process that ran it was killed")

// captures returns those of a check's two streams.
func (s *Spec) captures() [2]*capture {
	var mu sync.Mutex // without the helper, each stream has a reader of its own
	also := func(b []byte) {
		mu.Lock()
		defer mu.Unlock()
		if s.Output != nil {
			s.Output(b)
		}
	}
	return [2]*capture{newCapture(s.Keep, also), newCapture(s.Keep, also)}
}

// cannotRun makes the report of a check that could not be started.
func cannotRun(err error) Report {
	return Report{Outcome: policy.CannotRun, Code: executable.ExitCode(err), Err: err}
}

// couldRun turns the report of a check that has ended into that of one that
// could not run where its file explains the end: the kernel kills a program
// whose file turns out to be truncated, and env(1) exits with 127 for an
// interpreter that it does not find.
func couldRun(path string, rep Report) Report {
	suspect := rep.Outcome == policy.Exited && (rep.Code == 126 || rep.Code == 127)
	switch rep.Signal {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGKILL, syscall.SIGILL:
		suspect = true
	}
	if suspect && !rep.Stopped {
		if err := executable.Inspect(path); err != nil {
			return cannotRun(err)
		}
	}
	return rep
}

// fromStatus reads a wait status.
func fromStatus(pid int, ws syscall.WaitStatus) Report {
	if ws.Signaled() {
		return Report{Outcome: policy.Signaled, Code: 128 + int(ws.Signal()), Signal: ws.Signal(), Pid: pid}
	}
	return Report{Outcome: policy.Exited, Code: ws.ExitStatus(), Pid: pid}
}

// timedOut is the exit code of a check that ran past its limit, as timeout(1)
// has it.
const timedOut = 124

// Run is one check under way.
type Run struct {
	done chan Report
	stop func(kill bool)
	// asked is touched by Stop only.
	asked bool
}

// Done delivers the check's end, once.
func (r *Run) Done() <-chan Report { return r.done }

// Stop begins to end the check: SIGTERM, and SIGKILL after the grace. Called
// again it does not wait for the grace. Its end still comes through Done.
// Not to be called from several goroutines.
func (r *Run) Stop() {
	r.stop(r.asked)
	r.asked = true
}
