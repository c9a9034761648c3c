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
	jobs chan func()
	wg   sync.WaitGroup
}

// NewSpawner returns a Spawner that starts at most n processes at a time. The
// caller must call Close when all of its processes have been reaped: their
// parent-death signal hangs on its threads.
func NewSpawner(n int) *Spawner {
	s := &Spawner{jobs: make(chan func())}
	for range n {
		s.wg.Go(func() {
			// Not unlocked: the thread ends with the goroutine.
			runtime.LockOSThread()
			for job := range s.jobs {
				job()
			}
		})
	}
	return s
}

// Start starts cmd as Start does. On Linux it gets SIGKILL when this process
// dies.
func (s *Spawner) Start(cmd *exec.Cmd) (p *Process, err error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	setDeathSignal(cmd.SysProcAttr)
	done := make(chan struct{})
	s.jobs <- func() {
		defer close(done)
		p, err = Start(cmd)
	}
	<-done
	return p, err
}

// Close ends the Spawner's threads.
func (s *Spawner) Close() {
	close(s.jobs)
	s.wg.Wait()
}
