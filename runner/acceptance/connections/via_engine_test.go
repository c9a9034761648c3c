package connections

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// containers starts n containers under engine, docker or podman, and returns their names; none where
// it runs no containers: only the stand-in has run then. Their image holds busybox and the libraries
// that it needs: no registry is asked.
func containers(t *testing.T, engine string, n int) []string {
	t.Helper()
	sshtest.Need(t, "busybox", "ldd", "tar")
	image := strings.ToLower("clsh-test-" + sshtest.Mark())
	run := func(command string, args ...string) string {
		t.Helper()
		out, err := exec.Command(command, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v: %s", command, strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("sh", "-c", `cd "$1" && mkdir -p bin tmp && cp "$2" bin/busybox && chmod 1777 tmp &&
		for name in $(bin/busybox --list); do [ -e bin/$name ] || ln -s busybox bin/$name; done &&
		for file in $(ldd bin/busybox | grep -o '/[^ ]*'); do mkdir -p ".${file%/*}" && cp -L "$file" ".$file"; done &&
		tar -c . | "$3" import - "$4"`, "sh", t.TempDir(), sshtest.Program("busybox"), engine, image)
	t.Cleanup(func() { _ = exec.Command(engine, "rmi", "-f", image).Run() })
	start := startContainer(t, engine, image)
	if start == nil {
		return nil
	}
	var names []string
	for i := range n {
		name := fmt.Sprintf("%s-%d", image, i)
		run(engine, append(start, "--detach", "--name", name, image, "/bin/sh", "-c", "while :; do sleep 1000; done")...)
		t.Cleanup(func() { _ = exec.Command(engine, "rm", "-f", name).Run() })
		names = append(names, name)
	}
	return names
}

// startContainer returns the arguments with which engine runs a container, or nil: it may answer and
// yet not be allowed to run one as it does by itself.
func startContainer(t *testing.T, engine, image string) []string {
	t.Helper()
	limits := []string{"run", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"}
	ways := [][]string{limits[:3], limits}
	if engine == "podman" {
		ways = append(ways, append([]string{"--runtime", "runc"}, limits...))
	}
	for _, way := range ways {
		way = way[:len(way):len(way)]
		out, err := exec.Command(engine, append(way, "--rm", image, "/bin/true")...).CombinedOutput()
		if err == nil {
			return way
		}
		t.Logf("%s %s: %v: %.200s", engine, strings.Join(way, " "), err, out)
	}
	t.Logf("%s is not tried: it runs no container here", engine)
	return nil
}
