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

	"clsh/runner/spool"
)

// SweeperName is the name (argv[0]) under which a program that uses a Sweeper
// must call Sweep, first thing.
const SweeperName = "clsh-sweeper"

// A Sweeper is a small process that kills the groups in its table when this process
// has died without doing so itself. The table is shared memory, so that an entry costs
// no system call; it grows with the groups.
type Sweeper struct {
	file *os.File
	pipe *os.File
	proc *Process

	mu     sync.Mutex
	tables [][]int32 // mapped, one behind the other in file
	free   []Slot
}

// A Slot is a place in a Sweeper's table: a process group, with its sign turned as
// kill(2) has it, or 0.
type Slot struct{ group *int32 }

// NewSweeper starts a Sweeper with a table for slots groups to begin with. dir, if not
// empty, is a directory that it removes with all that is in it. The caller
// must call Close.
func NewSweeper(slots int, dir string) (*Sweeper, error) {
	exe, err := self()
	if err != nil {
		return nil, fmt.Errorf("find own binary for the sweeper: %w", err)
	}
	table := dir
	if table == "" {
		table = os.TempDir()
	}
	file, err := spool.File(table)
	if err != nil {
		return nil, fmt.Errorf("make the sweeper's table: %w", err)
	}
	s := &Sweeper{file: file}
	if err = s.grow(slots); err == nil {
		err = s.start(exe, dir)
	}
	if err != nil {
		return nil, errors.Join(err, s.unmap())
	}
	return s, nil
}

// start starts the process.
func (s *Sweeper) start(exe, dir string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make the sweeper's pipe: %w", err)
	}
	defer r.Close()
	// Built with the race detector it would wait a second at its end.
	cmd := &exec.Cmd{Path: exe, Args: []string{SweeperName, dir}, Stdin: r, ExtraFiles: []*os.File{s.file},
		Env: []string{"GOMAXPROCS=1", "GOGC=off", "GORACE=atexit_sleep_ms=0"}, Dir: "/"}
	if s.proc, err = Start(cmd); err != nil {
		return errors.Join(fmt.Errorf("start the sweeper: %w", err), w.Close())
	}
	s.pipe = w
	return nil
}

// grow adds a table for at least slots groups. The caller holds mu, or is alone.
func (s *Sweeper) grow(slots int) error {
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("size the sweeper's table: %w", err)
	}
	page := os.Getpagesize() // where a mapping may begin
	size := max(1, (slots*slotSize+page-1)/page) * page
	// Written, not just made longer: on a full disk storing into a page that
	// is not there is SIGBUS (mmap(2)).
	if _, err := s.file.WriteAt(make([]byte, size), info.Size()); err != nil {
		return fmt.Errorf("write the sweeper's table: %w"+spool.TempHint, err)
	}
	table, err := mapTable(s.file, info.Size(), size)
	if err != nil {
		return err
	}
	s.tables = append(s.tables, table)
	for i := range table {
		s.free = append(s.free, Slot{&table[len(table)-1-i]})
	}
	return nil
}

// self names the running binary, on Linux also where the file has been
// replaced or removed since.
func self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// slotSize is that of a slot, in bytes.
const slotSize = 4

// mapTable maps size bytes of file.
func mapTable(file *os.File, offset int64, size int) ([]int32, error) {
	mem, err := unix.Mmap(int(file.Fd()), offset, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the sweeper's table: %w", err)
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(&mem[0])), size/slotSize), nil
}

// Reserve returns a free slot, for Remove.
func (s *Sweeper) Reserve() (Slot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		var slots int
		for _, table := range s.tables {
			slots += len(table)
		}
		if err := s.grow(slots); err != nil { // twice as many
			return Slot{}, err
		}
	}
	slot := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	return slot, nil
}

// Set puts p's group into the slot.
func (slot Slot) Set(p *Process) { atomic.StoreInt32(slot.group, int32(p.Pid())) }

// LeaveGroup leaves only the leader in the slot (Process.LeaveGroup).
func (slot Slot) LeaveGroup() { atomic.StoreInt32(slot.group, -atomic.LoadInt32(slot.group)) }

// Remove takes the group in slot out; to be called before its leader is reaped.
func (s *Sweeper) Remove(slot Slot) {
	atomic.StoreInt32(slot.group, 0)
	s.mu.Lock()
	s.free = append(s.free, slot)
	s.mu.Unlock()
}

// Close ends the sweeper; it removes its directory first.
func (s *Sweeper) Close() error {
	err := s.pipe.Close()
	s.proc.Reap()
	return errors.Join(err, s.unmap())
}

// unmap gives the tables back.
func (s *Sweeper) unmap() error {
	err := s.file.Close()
	for _, table := range s.tables {
		err = errors.Join(err, unix.Munmap(unsafe.Slice((*byte)(unsafe.Pointer(&table[0])), len(table)*slotSize)))
	}
	return err
}

// Sweep is the sweeper's own main: it waits for the end of in, ends the groups
// that still stand in the table, and removes the directory args[1].
// table is the inherited file, number 3.
func Sweep(args []string, in io.Reader, table *os.File) error {
	// Who ends a whole tree of processes, as service managers do, means its
	// work, and that is not done yet.
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
	_, _ = io.Copy(io.Discard, in)
	info, err := table.Stat()
	if err != nil {
		return err
	}
	groups, err := mapTable(table, 0, int(info.Size()))
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
