package proc

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// A Spawner starts processes that die with this one, a few at a time: at a
// high fan-out starting all at once only costs memory.
type Spawner struct {
	jobs chan job
	wg   sync.WaitGroup
}

type job struct {
	cmd  *exec.Cmd
	done chan<- started
}

type started struct {
	p   *Process
	err error
}

// NewSpawner returns a Spawner that starts at most n processes at a time. The
// caller must call Close when all of its processes have been reaped: their
// parent-death signal hangs on its threads.
func NewSpawner(n int) *Spawner {
	s := &Spawner{jobs: make(chan job)}
	for range n {
		s.wg.Go(func() {
			// Not unlocked: the thread ends with the goroutine.
			runtime.LockOSThread()
			for j := range s.jobs {
				p, err := Start(j.cmd)
				j.done <- started{p, err}
			}
		})
	}
	return s
}

// Start starts cmd as Start does. On Linux it gets SIGKILL when this process
// dies.
func (s *Spawner) Start(cmd *exec.Cmd) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	setDeathSignal(cmd.SysProcAttr)
	done := make(chan started, 1)
	s.jobs <- job{cmd, done}
	r := <-done
	return r.p, r.err
}

// Close ends the Spawner's threads.
func (s *Spawner) Close() {
	close(s.jobs)
	s.wg.Wait()
}
