package connections

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// TestViaLXD is TestViaNothingIsLeftBehind for containers of LXD, by a daemon of its own that has no
// network. With --full only.
func TestViaLXD(t *testing.T) {
	if !sshtest.Full() {
		return
	}
	for _, program := range []string{"lxd", "lxc", "unshare"} {
		if sshtest.Program(program) == "" || os.Geteuid() != 0 {
			t.Logf("not tried, since %s is not installed, or the tests are not root's; the tests with a fake kubectl run everywhere", program)
			return
		}
	}
	p := lxd(t)
	if p == nil {
		return
	}
	for _, kind := range viaKinds() {
		for _, end := range append(clshtest.Endings(), clshtest.Ending{Name: "limit", Sig: 0, Code: 124}) {
			t.Run(kind.name+"/"+end.Name, func(t *testing.T) {
				leaveNothingVia(t, sshtest.New(t), p, end, kind)
			})
		}
	}
	c := clshtest.StartCmd(t, p.prepare(clshtest.Cmd(t, sshtest.New(t), "--via", "lxc", "-h", p.hosts[0]+",none", "id -u; exit 3")))
	c.Want(255, p.hosts[0]+": 0")
	c.WantError("ERROR: none unreachable\n  Error: Instance not found")
}

// lxd starts two containers, or returns nil where the daemon runs none.
func lxd(t *testing.T) *place {
	t.Helper()
	dir, err := os.MkdirTemp("", "lxd") // t.TempDir is too long for its sockets
	if err != nil {
		t.Fatal(err)
	}
	environ := append(os.Environ(), "LXD_DIR="+dir)
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Env = environ
		return cmd
	}
	daemon := command("unshare", "--net", "lxd")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := command("lxd", "shutdown", "--timeout", "30").CombinedOutput(); err != nil {
			t.Logf("lxd shutdown: %v: %s", err, out)
			_ = daemon.Process.Kill()
		}
		_ = daemon.Wait()
		_ = exec.Command("sh", "-c", `umount -R "$1"/*; rm -rf "$1"`, "sh", dir).Run()
	})
	sshtest.WaitFor(t, "lxd answers", func() bool { return command("lxc", "info").Run() == nil })

	image := filepath.Join(t.TempDir(), "image.tar")
	script := `cd "$(mktemp -d)" && mkdir -p rootfs/bin rootfs/sbin rootfs/tmp rootfs/etc rootfs/dev rootfs/proc rootfs/sys && chmod 1777 rootfs/tmp &&
cp "$1" rootfs/bin/busybox && for name in $(rootfs/bin/busybox --list); do [ -e rootfs/bin/$name ] || ln -s busybox rootfs/bin/$name; done &&
for file in $(ldd rootfs/bin/busybox | grep -o '/[^ ]*'); do mkdir -p "rootfs${file%/*}"; cp -L "$file" "rootfs$file"; done &&
ln -s ../bin/busybox rootfs/sbin/init && echo root:x:0:0::/:/bin/sh >rootfs/etc/passwd &&
printf '::sysinit:/bin/true\n::respawn:/bin/sleep 1000\n' >rootfs/etc/inittab &&
printf 'architecture: %s\ncreation_date: 1700000000\n' "$(uname -m)" >metadata.yaml && tar -cf "$2" metadata.yaml rootfs; rm -rf "$PWD"
lxc storage create default dir && lxc profile device add default root disk path=/ pool=default && lxc image import "$2" --alias busybox`
	if out, err := command("sh", "-c", script, "sh", sshtest.Program("busybox"), image).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p := &place{via: "lxc", environ: []string{"LXD_DIR=" + dir}}
	for _, name := range []string{"c1", "c2"} {
		if out, err := command("lxc", "launch", "busybox", name).CombinedOutput(); err != nil {
			t.Logf("not tried: lxd runs no container here: %v: %.300s", err, strings.TrimSpace(string(out)))
			return nil
		}
		t.Cleanup(func() { _ = command("lxc", "delete", "--force", name).Run() })
		p.hosts = append(p.hosts, name)
	}
	return p
}
