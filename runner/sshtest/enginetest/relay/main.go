// The relay plays ssh in the test that no command runs twice: it runs the
// command here, in a session of its own as sshd does, and cuts the connection
// after so many bytes in one direction. Its log then says what makes clsh
// believe that it was turned away.
//
// The host's name says where: N-DIRECTION-BYTES-TIMES-…, DIRECTION one of in,
// out and err; the first TIMES connections to a host are cut. They are counted in
// RELAY_DIR.
package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

func main() {
	var host, log string
	for i, word := range os.Args {
		switch word {
		case "-E":
			log = os.Args[i+1]
		case "--":
			host = os.Args[i+1]
		}
	}
	fields := strings.Split(host, "-")
	left, err := strconv.Atoi(fields[2])
	check(err)
	times, err := strconv.Atoi(fields[3])
	check(err)
	if count(host) > times {
		left = -1
	}
	cut := func() {
		check(os.WriteFile(log, []byte("kex_exchange_identification: Connection closed by remote host\r\n"), 0o600))
		os.Exit(255)
	}
	run(os.Args[len(os.Args)-1], func(direction string) *wire {
		if direction != fields[1] {
			return &wire{left: -1}
		}
		return &wire{left, cut}
	})
}

// count returns how often the host was connected to, this time included.
func count(host string) int {
	f, err := os.OpenFile(filepath.Join(os.Getenv("RELAY_DIR"), host), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(err)
	defer f.Close()
	_, err = f.WriteString("x")
	check(err)
	info, err := f.Stat()
	check(err)
	return int(info.Size())
}

// A wire passes bytes on, and is cut after so many.
type wire struct {
	left int // negative: it is not cut
	cut  func()
}

// carry passes bytes from one end to the other, which is then closed.
func (w *wire) carry(to io.WriteCloser, from io.Reader) {
	if w.left == 0 {
		w.cut()
	}
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if w.left >= 0 && n >= w.left {
			_, _ = to.Write(buf[:w.left])
			w.cut()
		}
		if w.left >= 0 {
			w.left -= n
		}
		if n > 0 {
			_, _ = to.Write(buf[:n]) // who does not read any more is not our affair
		}
		if err != nil {
			_ = to.Close()
			return
		}
	}
}

// run runs command, and ends as it does.
func run(command string, wire func(string) *wire) {
	cmd := exec.Command("sh", "-c", command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := cmd.StdinPipe()
	check(err)
	stdout, err := cmd.StdoutPipe()
	check(err)
	stderr, err := cmd.StderrPipe()
	check(err)
	check(cmd.Start())
	go wire("in").carry(stdin, os.Stdin)
	var outputs sync.WaitGroup
	outputs.Go(func() { wire("out").carry(os.Stdout, stdout) })
	outputs.Go(func() { wire("err").carry(os.Stderr, stderr) })
	outputs.Wait()
	var exit *exec.ExitError
	if err := cmd.Wait(); errors.As(err, &exit) && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode())
	} else if err != nil {
		os.Exit(255)
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
