package checker

import (
	"bytes"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// process is a line of the process table. The number may be used again, the
// number with the start time may not.
type process struct {
	pid, parent int
	state       byte
	start       uint64 // in clock ticks since boot
	session     int
}

// id is what names p for good.
func (p process) id() process { return process{pid: p.pid, start: p.start} }

func (p process) dead() bool { return p.state == 'Z' || p.state == 'X' }

// ownProc reports an error unless /proc shows the process numbers of this PID
// namespace. In a container it may be another namespace's, where a number
// belongs to a stranger.
func ownProc() error {
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return err
	}
	if self != strconv.Itoa(os.Getpid()) {
		return unix.ESRCH
	}
	return nil
}

// StartTicks returns when process pid began, in clock ticks since boot; with
// the number it names a process for good. It is 0 where there is no such
// process; known is false where /proc cannot tell.
func StartTicks(pid int) (ticks uint64, known bool) {
	if ownProc() != nil {
		return 0, false
	}
	p, ok := readProcess(pid, make([]byte, 4096))
	if !ok || p.dead() {
		return 0, true
	}
	return p.start, true
}

// readProcess reads /proc/PID/stat (proc_pid_stat(5)); ok is false where there
// is no such process.
func readProcess(pid int, buf []byte) (p process, ok bool) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return process{}, false
	}
	n, err := unix.Read(fd, buf)
	unix.Close(fd)
	if err != nil || n <= 0 {
		return process{}, false
	}
	return parseStat(pid, buf[:n])
}

// parseStat reads one line of stat. The name in it is in parentheses and may
// hold any byte, also a parenthesis; what follows the last one is plain.
func parseStat(pid int, line []byte) (process, bool) {
	i := bytes.LastIndexByte(line, ')')
	if i < 0 {
		return process{}, false
	}
	fields := bytes.Fields(line[i+1:])
	const state, parent, session, start = 0, 1, 3, 19
	if len(fields) <= start {
		return process{}, false
	}
	ppid, err1 := strconv.Atoi(string(fields[parent]))
	ticks, err2 := strconv.ParseUint(string(fields[start]), 10, 64)
	sid, err3 := strconv.Atoi(string(fields[session]))
	return process{pid, ppid, fields[state][0], ticks, sid}, err1 == nil && err2 == nil && err3 == nil
}

// processes returns the process table, by the parents' numbers.
func processes() (map[int][]process, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	dir.Close()
	if err != nil {
		return nil, err
	}
	children := make(map[int][]process, len(names))
	buf := make([]byte, 4096)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if p, ok := readProcess(pid, buf); ok {
			children[p.parent] = append(children[p.parent], p)
		}
	}
	return children, nil
}

// youngerThan reports whether p began after other. In one tick of the clock the numbers of
// processes tell, which are given out in turn.
func (p process) youngerThan(other process) bool {
	return p.start > other.start || p.start == other.start && p.pid > other.pid
}

// descendants returns the living processes under root, parents before their
// children, so that a parent is ended before it can start more. Children of root that are not
// younger than since are left out, and so is what descends from them.
func descendants(root int, since process) (list []process, err error) {
	children, err := processes()
	if err != nil {
		return nil, err
	}
	children[root] = slices.DeleteFunc(children[root], func(p process) bool { return !p.youngerThan(since) })
	// A number that was used again while the table was read could close a
	// circle; each is walked once.
	walked := map[int]bool{}
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		if walked[queue[0]] {
			continue
		}
		walked[queue[0]] = true
		for _, p := range children[queue[0]] {
			// The children of a dead process are its no more.
			if !p.dead() {
				list = append(list, p)
				queue = append(queue, p.pid)
			}
		}
	}
	return list, nil
}

// open returns a pidfd for p, or -1 where p has ended. The pidfd is that of p
// and of no later owner of its number: p was seen again after it was opened.
func (p process) open(buf []byte) int {
	fd, err := unix.PidfdOpen(p.pid, 0)
	if err != nil {
		return -1
	}
	if now, ok := readProcess(p.pid, buf); !ok || now.start != p.start || now.dead() {
		unix.Close(fd)
		return -1
	}
	return fd
}
