//go:build linux

package cluster

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// netns is the ground of network namespaces.
type netns struct{ dir string }

// bridge is the switch that all cables end at.
const bridge = "cluster0"

func openNetns() (*netns, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("it needs root")
	}
	links, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		if link.Flags&net.FlagUp != 0 {
			return nil, fmt.Errorf("it needs a network namespace of its own, and here is %s; use scripts/test-cluster", link.Name)
		}
	}
	dir, err := os.MkdirTemp("", "clsh-cluster-")
	if err != nil {
		return nil, err
	}
	n := &netns{dir}
	for _, line := range []string{
		"link set lo up",
		"link add " + bridge + " type bridge",
		"addr add 198.18.0.1/16 dev " + bridge,
		"link set " + bridge + " up",
	} {
		if err := run("ip", strings.Fields(line)...); err != nil {
			return nil, errors.Join(err, n.close())
		}
	}
	return n, nil
}

func (n *netns) address(i int) string { return fmt.Sprintf("198.18.%d.%d", 1+i/200, 1+i%200) }

func (n *netns) boot(h *Host) error {
	cmd := exec.Command("sh", "-c", bootScript, "sh", h.Name, h.config)
	cmd.Env = slices.Concat(h.keys, []string{"CLUSTER_NETNS=1", "PATH=" + os.Getenv("PATH")})
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true,
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(n.logFile(h), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	h.init = cmd
	if err := n.cable(h); err != nil {
		return err
	}
	if _, err = io.WriteString(stdin, "\n"); err != nil {
		return err
	}
	return stdin.Close()
}

// hardware returns the address of a host's network card, which stays the same
// when the host restarts: others have it in their tables.
func hardware(i int) string { return fmt.Sprintf("02:00:00:00:%02x:%02x", i>>8, i&0xff) }

// cable lays one from the bridge to the host.
func (n *netns) cable(h *Host) error {
	pid := strconv.Itoa(h.init.Process.Pid)
	port := "port" + strconv.Itoa(h.number)
	if err := run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "address", hardware(h.number), "netns", pid); err != nil {
		return err
	}
	if err := run("ip", "link", "set", port, "master", bridge, "up"); err != nil {
		return err
	}
	return run("nsenter", "--target", pid, "--net", "sh", "-c",
		"ip link set lo up && ip addr add "+h.Addr+"/16 dev eth0 && ip link set eth0 up")
}

func (n *netns) halt(h *Host) error {
	if h.init == nil {
		return nil
	}
	// With the init goes all that is in its process namespace, and with
	// that the network (pid_namespaces(7)).
	if err := h.init.Process.Kill(); err != nil {
		return err
	}
	_ = h.init.Wait() // killed
	h.init = nil
	// The cable goes with the network, but not at once.
	_ = exec.Command("ip", "link", "del", "port"+strconv.Itoa(h.number)).Run()
	return nil
}

func (n *netns) command(h *Host, words ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{
		"--target", strconv.Itoa(h.init.Process.Pid), "--net", "--pid", "--mount", "--uts", "--",
	}, words...)...)
}

func (n *netns) logFile(h *Host) string { return filepath.Join(n.dir, strconv.Itoa(h.number)) }

func (n *netns) log(h *Host) string {
	text, err := os.ReadFile(n.logFile(h))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (n *netns) close() error {
	return errors.Join(run("ip", "link", "del", bridge), os.RemoveAll(n.dir))
}

// run runs a program that has nothing to say but in failure.
func run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
