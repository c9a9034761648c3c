package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SweeperName is the name (argv[0]) under which a program that uses a Sweeper
// must call Sweep, first thing.
const SweeperName = "clsh-sweeper"

// A Sweeper is a small process that kills the groups it was told of when this
// process has died without doing so itself. The groups stand in a table in
// shared memory: telling costs no system call.
type Sweeper struct {
	table []int32 // mapped; as kill(2) has it, with the sign turned; 0 is a free slot
	pipe  *os.File
	proc  *Process

	mu   sync.Mutex
	free []int
}

// NewSweeper starts a Sweeper for at most slots groups at a time. dir, if not
// empty, is a directory that it removes with all that is in it. The caller
// must call Close.
func NewSweeper(slots int, dir string) (*Sweeper, error) {
	exe, err := self()
	if err != nil {
		return nil, fmt.Errorf("find own binary for the sweeper: %w", err)
	}
	file, err := os.CreateTemp(dir, "groups-")
	if err != nil {
		return nil, fmt.Errorf("make the sweeper's table: %w", err)
	}
	defer file.Close()
	defer os.Remove(file.Name())
	table, err := mapTable(file, slots)
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the sweeper's pipe: %w", err)
	}
	defer r.Close()
	// Built with the race detector it would wait a second at its end.
	cmd := &exec.Cmd{Path: exe, Args: []string{SweeperName, dir}, Stdin: r, ExtraFiles: []*os.File{file},
		Env: []string{"GOMAXPROCS=1", "GOGC=off", "GORACE=atexit_sleep_ms=0"}, Dir: "/"}
	p, err := Start(cmd)
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("start the sweeper: %w", err)
	}
	s := &Sweeper{table: table, pipe: w, proc: p, free: make([]int, slots)}
	for i := range s.free {
		s.free[i] = slots - 1 - i
	}
	return s, nil
}

// self names the running binary, on Linux also where the file has been
// replaced or removed since.
func self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

func mapTable(file *os.File, slots int) ([]int32, error) {
	if slots > 0 {
		// Written, not just made longer: on a full disk storing into a page that
		// is not there is SIGBUS (mmap(2)).
		if _, err := file.Write(make([]byte, slots*4)); err != nil {
			return nil, fmt.Errorf("write the sweeper's table: %w (TMPDIR names another place)", err)
		}
	}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("size the sweeper's table: %w", err)
	}
	mem, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the sweeper's table: %w", err)
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(&mem[0])), len(mem)/4), nil
}

// Add tells of p's group and returns its slot, for Remove.
func (s *Sweeper) Add(p *Process) int {
	s.mu.Lock()
	slot := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	s.mu.Unlock()
	atomic.StoreInt32(&s.table[slot], int32(p.Pid()))
	return slot
}

// LeaveGroup leaves only the leader in slot (Process.LeaveGroup).
func (s *Sweeper) LeaveGroup(slot int) {
	atomic.StoreInt32(&s.table[slot], -atomic.LoadInt32(&s.table[slot]))
}

// Remove takes the group in slot out; to be called before its leader is reaped.
func (s *Sweeper) Remove(slot int) {
	atomic.StoreInt32(&s.table[slot], 0)
	s.mu.Lock()
	s.free = append(s.free, slot)
	s.mu.Unlock()
}

// Close ends the sweeper; it removes its directory first.
func (s *Sweeper) Close() error {
	err := s.pipe.Close()
	s.proc.Reap()
	return errors.Join(err, unix.Munmap(unsafe.Slice((*byte)(unsafe.Pointer(&s.table[0])), len(s.table)*4)))
}

// Sweep is the sweeper's own main: it waits for the end of in, ends the groups
// that still stand in the table, and removes the directory args[1].
// table is the inherited file, number 3.
func Sweep(args []string, in io.Reader, table *os.File) error {
	// Who ends a whole tree of processes, as service managers do, means its
	// work, and that is not done yet.
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
	_, _ = io.Copy(io.Discard, in)
	groups, err := mapTable(table, 0)
	if err != nil {
		return err
	}
	if signalAll(groups, syscall.SIGTERM) > 0 {
		// Long enough for an ssh to take its master's socket away.
		<-time.After(200 * time.Millisecond)
		signalAll(groups, syscall.SIGKILL)
	}
	if len(args) > 1 && args[1] != "" {
		return os.RemoveAll(args[1])
	}
	return nil
}

func signalAll(groups []int32, sig syscall.Signal) (alive int) {
	for i := range groups {
		// 1 and -1 would reach init or every process there is.
		if pgid := atomic.LoadInt32(&groups[i]); (pgid > 1 || pgid < -1) && syscall.Kill(-int(pgid), sig) == nil {
			alive++
		}
	}
	return alive
}
