//go:build linux

package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// docker is the ground of containers.
type docker struct {
	image, label, network string
	subnet                string // its first three numbers
}

func openDocker(image string) (*docker, error) {
	pid := strconv.Itoa(os.Getpid())
	d := &docker{image: image, label: "clsh-test-cluster=" + pid, network: "clsh-test-" + pid}
	var err error
	// Another test may have the first ones.
	for third := range 16 {
		d.subnet = fmt.Sprintf("198.19.%d", third)
		err = run("docker", "network", "create", "--internal", "--label", d.label,
			"--subnet", d.subnet+".0/24", "--gateway", d.subnet+".1", d.network)
		if err == nil || !strings.Contains(err.Error(), "overlaps") {
			break
		}
	}
	return d, err
}

func (d *docker) address(i int) string { return fmt.Sprintf("%s.%d", d.subnet, 2+i) }

func (d *docker) container(h *Host) string { return d.network + "-" + strconv.Itoa(h.number) }

func (d *docker) boot(h *Host) error {
	if exec.Command("docker", "container", "inspect", d.container(h)).Run() == nil {
		return run("docker", "start", d.container(h))
	}
	args := []string{
		"run", "--detach", "--init", "--name", d.container(h), "--hostname", h.Name, "--label", d.label,
		"--network", d.network, "--ip", h.Addr, "--cap-add", "NET_ADMIN", "--log-driver", "json-file",
	}
	for _, dir := range []string{"/root", "/tmp", "/var/tmp", "/run"} {
		args = append(args, "--tmpfs", dir+":size=4m,mode=1777")
	}
	for _, variable := range h.keys {
		args = append(args, "--env", variable)
	}
	return run("docker", append(args, d.image, "sh", "-c", bootScript, "sh", h.Name, h.config)...)
}

func (d *docker) halt(h *Host) error {
	return run("docker", "kill", d.container(h))
}

func (d *docker) command(h *Host, words ...string) *exec.Cmd {
	return exec.Command("docker", append([]string{"exec", d.container(h)}, words...)...)
}

func (d *docker) log(h *Host) string {
	out, err := exec.Command("docker", "logs", d.container(h)).CombinedOutput()
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func (d *docker) close() error {
	out, err := exec.Command("docker", "ps", "--all", "--quiet", "--filter", "label="+d.label).Output()
	if err != nil {
		return err
	}
	if ids := strings.Fields(string(out)); len(ids) > 0 {
		err = run("docker", append([]string{"rm", "--force"}, ids...)...)
	}
	return errors.Join(err, run("docker", "network", "rm", d.network))
}
