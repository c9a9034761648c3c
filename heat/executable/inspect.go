package executable

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// headSize is how much of a file Inspect reads. The kernel reads 256 bytes
// (execve(2)); program headers lie within the first page.
const headSize = 4096

// Inspect reports why the file path cannot be run, or nil where it can, or may.
// It does not run it. An error that is fs.ErrNotExist means exit status 127,
// another 126.
func Inspect(path string) error {
	if noExec(path) {
		return fmt.Errorf("%s: file system is mounted noexec: %w", path, fs.ErrPermission)
	}
	head, size, err := readHead(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil:
		return nil // a file may be executable and not readable
	}
	switch {
	case size == 0:
	case bytes.HasPrefix(head, []byte("#!")):
		return inspectInterpreter(path, head)
	case otherFormats():
		return nil
	}
	if problem := describe(head, size); problem != "" {
		return fmt.Errorf("%s: %s: %w", path, problem, syscall.ENOEXEC)
	}
	return nil
}

// readHead returns the beginning of a regular file, and its size.
func readHead(path string) (head []byte, size int64, err error) {
	// Without O_NONBLOCK, opening a FIFO blocks.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s: not a regular file", path)
	}
	head, err = io.ReadAll(io.LimitReader(f, headSize))
	return head, info.Size(), err
}

// inspectInterpreter looks for the file that the #! line of head names.
func inspectInterpreter(path string, head []byte) error {
	line, _, _ := strings.Cut(string(head[2:]), "\n")
	name, rest, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
	name, _, _ = strings.Cut(name, "\t")
	if name == "" {
		return nil // execvp(3) gives it to the shell
	}
	if strings.HasSuffix(line, "\r") {
		// "env python3\r" runs env, which finds no such program.
		bare := strings.TrimSuffix(name, "\r")
		if name != bare || rest != "" && strings.HasSuffix(bare, "/env") {
			return fmt.Errorf("%s: #! line ends with a carriage return, so the interpreter is not found: %w\n"+
				"hint: sed -i 's/\\r$//' %[1]s", path, fs.ErrNotExist)
		}
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: interpreter %s: %w", path, name, fs.ErrNotExist)
	}
	if noExec(name) {
		return fmt.Errorf("%s: interpreter %s: file system is mounted noexec: %w", path, name, fs.ErrPermission)
	}
	return nil
}

// describe says what keeps a file from being run that is no #! script, by its
// first bytes and its size. It returns "" for a program, and for text, which
// execvp(3) gives to the shell.
func describe(head []byte, size int64) string {
	switch {
	case size == 0:
		return "file is empty"
	case bytes.HasPrefix(head, []byte("\x7fELF")) && runtime.GOOS != "darwin":
		return describeELF(head, size)
	case isMachO(head):
		if runtime.GOOS == "darwin" {
			return ""
		}
		return "program of another system (Mach-O)"
	case bytes.IndexByte(head, 0) >= 0:
		return "neither a program nor a script: it holds NUL bytes"
	}
	return ""
}

func isMachO(head []byte) bool {
	magics := []string{"\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe"}
	return len(head) >= 4 && slices.Contains(magics, string(head[:4]))
}

// describeELF checks an ELF file's header (elf(5)) for what execve(2) refuses,
// and that the file holds the segments that its program headers name.
func describeELF(head []byte, size int64) string {
	const truncated = "ELF file is truncated"
	if len(head) < 20 {
		return truncated
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == 2 {
		order = binary.BigEndian
	}
	if m := order.Uint16(head[18:]); !isOurMachine(m) {
		return fmt.Sprintf("ELF file of another machine (type %d)", m)
	}
	wide := head[4] == 2
	header, entry := 52, 32
	if wide {
		header, entry = 64, 56
	}
	if len(head) < header {
		return truncated
	}
	// Offsets of e_phoff, e_phentsize and e_phnum.
	table, count := uint64(order.Uint32(head[28:])), int(order.Uint16(head[44:]))
	if wide {
		table, count = order.Uint64(head[32:]), int(order.Uint16(head[56:]))
	}
	for i := range count {
		at := table + uint64(i*entry)
		if table > uint64(size) || at+uint64(entry) > uint64(size) {
			return truncated
		}
		if at+uint64(entry) > uint64(len(head)) {
			break // beyond what was read
		}
		p := head[at:]
		offset, length := uint64(order.Uint32(p[4:])), uint64(order.Uint32(p[16:]))
		if wide {
			offset, length = order.Uint64(p[8:]), order.Uint64(p[32:])
		}
		const load = 1
		if order.Uint32(p) == load && (offset > uint64(size) || length > uint64(size)-offset) {
			return truncated
		}
	}
	return ""
}

// isOurMachine reports whether a kernel of this architecture may run what has the ELF machine
// number m.
func isOurMachine(m uint16) bool {
	switch runtime.GOARCH {
	case "amd64", "386":
		return m == 62 || m == 3
	case "arm64", "arm":
		return m == 183 || m == 40
	case "riscv64":
		return m == 243
	case "ppc64le", "ppc64":
		return m == 21 || m == 20
	case "s390x":
		return m == 22
	}
	return true
}

// isText reports whether a file that the kernel does not know how to run is
// one for the shell.
func isText(path string) bool {
	head, size, err := readHead(path)
	return err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && describe(head, size) == "" && !bytes.HasPrefix(head, []byte("\x7fELF"))
}

// Explain returns the reason for which path could not be started, or err where
// the file shows none.
func Explain(path string, err error) error {
	if reason := Inspect(path); reason != nil {
		return reason
	}
	return fmt.Errorf("%s: %w", path, err)
}
